// Entry point of the simulator's thread: the provider that `simulator:` stands for, on a free port of the loopback.
import { startSimulator } from '../simulator/simulator.js';
import type { FromSimulator, SimulateTask } from './protocol.js';

/** Runs until the control port says anything or closes. */
export async function simulate(task: SimulateTask): Promise<void> {
  const simulator = await startSimulator({ host: '127.0.0.1', port: 0 });
  const said: FromSimulator = { type: 'listening', url: simulator.url };
  task.control.postMessage(said);
  await new Promise<void>(resolve => {
    task.control.once('message', () => resolve());
    task.control.once('close', () => resolve());
  });
  await simulator.close();
  task.control.close();
}
