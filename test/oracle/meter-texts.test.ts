// The texts that the meter's spans make up, on recorded traffic: each once, whole, and the same however the bytes are cut.
import { describe, expect, it } from 'vitest';
import { MeterKernel } from '../../src/kernel/meter.js';
import { cuts, readAll } from '../kernel/meter-reading.js';
import { answers, corpusPresent, responseBody } from './meter-recordings.js';
import { type TwinReading, twinReading } from './meter-twin.js';

const kernel = MeterKernel.load();

describe.skipIf(!corpusPresent)('texts of recorded answers (needs ../shared/corpus)', () => {
  const recorded = answers().map(answer => {
    const body = responseBody(answer);
    const wrapped = answer.weir_api === 'bedrock.invoke';
    return { id: answer.id, body, wrapped, twin: twinReading(body, wrapped) };
  });
  const readable = recorded.filter(({ twin }) => twin.clean && twin.events > 0);

  it('are what the twin finds', () => {
    const wrong = readable.filter(({ body, wrapped, twin }) => {
      const { texts } = readAll(kernel, [body], { wrapped });
      return shown(texts) !== shown(twin.texts);
    });
    expect(wrong.map(one => one.id)).toEqual([]);
    expect(readable.filter(({ twin }) => twin.texts.size > 0).length).toBeGreaterThan(900);
  });

  it.each([1, 7, 64, 1460])('are the same in pieces of %i', size => {
    const wrong = readable.filter(({ body, wrapped, twin }) => {
      const { texts } = readAll(kernel, cuts(body, size), { wrapped });
      return comparable(texts, twin) !== comparable(twin.texts, twin);
    });
    expect(wrong.map(one => one.id)).toEqual([]);
  });

  it('are of all kinds that were recorded', () => {
    const kinds = new Set(
      readable.flatMap(({ twin }) => [...twin.texts.keys()].map(key => key.split(' ')[0])),
    );
    expect([...kinds].sort()).toEqual(['reasoning', 'text', 'tool_arguments', 'tool_name']);
  });
});

function shown(texts: ReadonlyMap<string, string>): string {
  return JSON.stringify([...texts].sort());
}

/** Where a key may come after its text in an earlier push, only all the text together is certain. */
function comparable(texts: ReadonlyMap<string, string>, twin: TwinReading): string {
  if (!twin.late) return shown(texts);
  return [...texts.values()].join('').split('').sort().join('');
}
