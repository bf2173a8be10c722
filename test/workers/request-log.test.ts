// Lines of requests: each once, one batch after the other, and nothing is asked of the ledger when it is closed.
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../src/core/entry.js';
import type { ExportQuery } from '../../src/ledger/export-query.js';
import { RequestLog, type SettledSource } from '../../src/workers/request-log.js';
import { entry } from '../ledger/entries.js';

/** Cursors are numbers of entries as text. */
class Source implements SettledSource {
  readonly entries: Entry[] = [];
  asked = 0;

  exportEnd(): string {
    return String(this.entries.length);
  }

  exportBriefs({ after = '0', limit }: ExportQuery) {
    this.asked++;
    const items = this.entries.slice(Number(after), Number(after) + limit);
    return { items, next: String(Number(after) + items.length) };
  }
}

const idsOf = (text: string): string[] =>
  text
    .split('\n')
    .filter(line => line !== '')
    .map(line => (JSON.parse(line) as { id: string }).id);

function scene() {
  const source = new Source();
  const batches: string[] = [];
  const log = new RequestLog(source, text => void batches.push(text));
  const settle = (count: number): void => {
    for (let i = 0; i < count; i++) source.entries.push(entry(source.entries.length));
  };
  return { source, batches, log, settle };
}

describe('lines of requests', () => {
  it('begin where they are asked for, and tell each request once', () => {
    const { source, batches, log, settle } = scene();
    settle(3);
    log.turn(true);
    log.look();
    settle(2);
    log.look();
    log.written();
    log.look();
    expect(batches.flatMap(idsOf)).toEqual(source.entries.slice(3).map(({ id }) => id));
  });

  it('wait for the batch before to be written', () => {
    const { batches, log, settle } = scene();
    log.turn(true);
    settle(1200);
    log.look();
    log.look();
    expect(batches.map(text => idsOf(text).length)).toEqual([500]);
    log.written();
    expect(batches.map(text => idsOf(text).length)).toEqual([500, 500]);
    log.finish();
    expect(batches.map(text => idsOf(text).length)).toEqual([500, 500, 200]);
  });

  it('ask nothing of the ledger after the end, whoever is told late that they are written', () => {
    const { source, log, settle } = scene();
    log.turn(true);
    settle(3);
    log.finish();
    const { asked } = source;
    settle(1);
    log.written();
    log.look();
    expect(source.asked).toBe(asked);
  });

  it('are not made where nobody wants them', () => {
    const { source, batches, log, settle } = scene();
    settle(1);
    log.look();
    log.turn(true);
    log.turn(false);
    settle(1);
    log.look();
    expect([batches, source.asked]).toEqual([[], 0]);
  });
});
