// Five kills of a gateway under load, by the crash harness: what clients received whole is in the ledger once, and all sums agree.
import { describe, expect, it } from 'vitest';
import { runKills } from '../../bench/crash/killing.js';

describe('a gateway that is killed under load', () => {
  it('has on record once and rightly all that its clients received, and sums that agree', async () => {
    const seed = Date.now() % 1_000_000;
    const lines: string[] = [`seed ${seed}: node bench/crash/run.js --seed ${seed} shows the same moments`];
    const tell = (line: string): number => lines.push(line);
    const found = await runKills({ kills: 5, seed, durability: 'os', connections: 16, workers: 1, tell });
    const told = [...lines, ...found.faults.lines(), found.output.slice(-2000)].join('\n');
    expect(found.faults.count, told).toBe(0);
    expect(found.kills).toBeGreaterThanOrEqual(5);
    expect(found.looked, told).toBeGreaterThan(100);
    expect(found.lost).toBe(0);
    expect(found.integrityChecks).toBeGreaterThanOrEqual(5);
  }, 240_000);
});
