// One run of kills: load, kill -9, look at the index as it was left, restart, compare what the ledger says with what the clients received; again and again.
import { Book } from './book.js';
import { Clients } from './clients.js';
import { Faults } from './faults.js';
import { duringRecovery, killsInRecovery, MOMENTS, momentOf } from './moments.js';
import { generator } from './random.js';
import { CONSUMERS, onStage } from './scene.js';
import { indexProblem } from './soundness.js';

/**
 * @param {{ kills: number, seed: number, durability: 'os' | 'fsync', connections: number, workers: number, weir?: string, keep?: boolean, tell(line: string): void }} options
 * @returns figures of the run, with `faults`
 */
export async function runKills(options) {
  return await onStage(options, async ({ gateway }) => {
    const run = new Run(gateway, options);
    await run.all().catch(error => run.faults.add('the run ended early', error.message));
    return run.figures();
  });
}

/** A busy machine takes seconds to the first answer: moments count from the answers that are there. */
const ANSWERS_FIRST = 20;

class Run {
  faults = new Faults();
  #gateway;
  #book;
  #options;
  #random;
  #next = 1;
  #asked = 0;
  #whole = 0;
  #killed = { anywhere: 0, indexing: 0, draining: 0, recovering: 0 };
  #readyMs = [];
  #checked = 0;

  constructor(gateway, options) {
    this.#gateway = gateway;
    this.#options = options;
    this.#random = generator(options.seed);
    this.#book = new Book(gateway, this.faults);
  }

  async all() {
    const firstMs = await this.#gateway.start();
    this.#options.tell(`first start: ready in ${firstMs.toFixed(0)} ms`);
    for (let kill = 0; this.#kills < this.#options.kills; kill++) await this.#round(kill);
    // A last load that nothing cuts short, and a stop in order: what was right must stay so.
    const clients = this.#load();
    await MOMENTS.anywhere(this.#gateway, this.#random);
    await this.#end(clients);
    await this.#book.look([clients], { killedMs: 0 });
    const code = await this.#gateway.stop();
    if (code !== 0) this.faults.add('no clean stop', `it ended with ${code}`);
    this.#integrity();
    this.#readyMs.push(await this.#gateway.start());
    await this.#book.lookAtAll();
  }

  get #kills() {
    return Object.values(this.#killed).reduce((sum, count) => sum + count, 0);
  }

  async #round(kill) {
    const clients = this.#load();
    const moment = momentOf(kill);
    await clients.begun(ANSWERS_FIRST);
    await MOMENTS[moment](this.#gateway, this.#random);
    const killedMs = Date.now();
    await this.#gateway.kill();
    this.#killed[moment]++;
    await this.#end(clients);
    this.#integrity();
    for (let more = killsInRecovery(kill, this.#random); more > 0; more--) {
      this.#gateway.spawn();
      await duringRecovery(this.#gateway, this.#random);
      await this.#gateway.kill();
      this.#killed.recovering++;
      this.#integrity();
    }
    const readyMs = await this.#gateway.start();
    this.#readyMs.push(readyMs);
    await this.#book.look([clients], { killedMs });
    this.#options.tell(
      `kill ${this.#kills} (${moment}): ${clients.asked} asked, ${clients.whole.length} whole, ready again in ${readyMs.toFixed(0)} ms, ` +
        `${this.#book.records.size} records, ${this.faults.count} faults`,
    );
  }

  #load() {
    const { connections } = this.#options;
    const slow = Math.max(2, connections >> 3);
    const { url } = this.#gateway;
    return new Clients({ url, consumers: CONSUMERS, connections, slow, first: this.#next });
  }

  async #end(clients) {
    this.#next = await clients.stop();
    this.#asked += clients.asked;
    this.#whole += clients.whole.length;
  }

  #integrity() {
    const problem = indexProblem(this.#gateway);
    if (problem !== null) this.faults.add('a broken index', problem);
    this.#checked++;
  }

  figures() {
    const { records, interrupted, looked } = this.#book;
    const sorted = this.#readyMs.sort((a, b) => a - b);
    return {
      kills: this.#kills,
      killed: this.#killed,
      asked: this.#asked,
      whole: this.#whole,
      looked,
      lost: this.faults.of('whole answers that are LOST'),
      records: records.size,
      interrupted,
      integrityChecks: this.#checked,
      readyMs: { median: sorted[sorted.length >> 1] ?? null, max: sorted.at(-1) ?? null },
      faults: this.faults,
      output: this.#gateway.output,
    };
  }
}
