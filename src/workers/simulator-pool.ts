// The control plane's side of the simulator's thread.
import { MessageChannel } from 'node:worker_threads';
import { Piscina } from 'piscina';
import type { FromSimulator, SimulateTask } from './protocol.js';

export interface RunningSimulator {
  readonly url: string;
  close(): Promise<void>;
}

export async function startSimulatorThread(): Promise<RunningSimulator> {
  const pool = new Piscina({
    filename: new URL('./simulator.js', import.meta.url).href,
    name: 'simulate',
    minThreads: 1,
    maxThreads: 1,
    atomics: 'disabled',
  });
  const { port1, port2 } = new MessageChannel();
  const task: SimulateTask = { control: port2 };
  const done = pool.run(task, { transferList: [port2] }) as Promise<void>;
  const url = await new Promise<string>((resolve, reject) => {
    port1.once('message', (message: FromSimulator) => resolve(message.url));
    done.catch(reject);
  });
  return {
    url,
    async close() {
      port1.postMessage('close');
      await done;
      await pool.close();
    },
  };
}
