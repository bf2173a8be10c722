// The bar of the meter: on recorded traffic the normalised usage is what those who recorded it say, however the bytes are cut;
// and the kernel finds what its slow twin finds.
import { describe, expect, it } from 'vitest';
import type { ApiName } from '../../src/core/api.js';
import type { MeterReading } from '../../src/core/meter-reading.js';
import type { Usage } from '../../src/core/usage.js';
import { MeterKernel } from '../../src/kernel/meter.js';
import { ResponseMeter } from '../../src/pipeline/response-meter.js';
import { cuts, readAll } from '../kernel/meter-reading.js';
import {
  answers,
  corpusPresent,
  type ExpectedUsage,
  type RecordedAnswer,
  responseBody,
} from './meter-recordings.js';
import { known, twinReading } from './meter-twin.js';

const sizes: readonly (number | 'whole' | 'random')[] = ['whole', 1, 7, 64, 1460, 'random'];
const seeds = [1, 2, 3];

describe.skipIf(!corpusPresent)('recorded answers (needs ../shared/corpus)', () => {
  const recorded = answers();
  const meter = ResponseMeter.load();

  it.each(sizes)('have the usage that their recorders say, in pieces of %s', size => {
    let checked = 0;
    const wrong: string[] = [];
    for (const answer of recorded) {
      if (answer.error || Object.values(answer.expected).every(value => value === null)) continue;
      const body = responseBody(answer);
      for (const seed of size === 'random' ? seeds : [0]) {
        checked++;
        const { usage } = metered(meter, answer, cuts(body, size, seed));
        const readings = [answer.expected, ...Object.values(answer.expected_alt ?? {})];
        if (!readings.some(expected => agrees(usage, expected))) wrong.push(`${answer.id} seed ${seed}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(checked).toBeGreaterThan(1000);
  });

  it('say nothing of usage where nothing was consumed or reported', () => {
    const invented = recorded.filter(answer => {
      const { usage } = metered(meter, answer, [responseBody(answer)]);
      const { expected } = answer;
      return (
        (expected.input_tokens === null && usage.inputTokens) ||
        (expected.output_tokens === null && usage.outputTokens) ||
        (expected.cached_input_tokens === null && usage.cachedInputTokens)
      );
    });
    expect(invented.filter(answer => !answer.error).map(answer => answer.id)).toEqual([]);
  });

  it('are read by the kernel as by its twin: numbers, model, events', () => {
    const kernel = MeterKernel.load();
    const wrong: string[] = [];
    for (const answer of recorded) {
      const body = responseBody(answer);
      const wrapped = answer.weir_api === 'bedrock.invoke';
      const twin = twinReading(body, wrapped);
      if (!twin.clean || twin.events === 0) continue;
      const { reading } = readAll(kernel, cuts(body, 'random', 7), { wrapped });
      const found = [known(reading.numbers), known(reading.last), reading.model, reading.events];
      const wanted = [twin.numbers, twin.last, twin.model, twin.events];
      for (let i = 0; i < found.length; i++)
        if (!equal(found[i], wanted[i]))
          wrong.push(`${answer.id} ${['numbers', 'last', 'model', 'events'][i]}`);
    }
    expect(wrong).toEqual([]);
  });
});

function equal(a: unknown, b: unknown): boolean {
  const flat = (value: unknown): string => JSON.stringify(value instanceof Map ? [...value].sort() : value);
  return flat(a) === flat(b);
}

function agrees(usage: Usage, expected: ExpectedUsage): boolean {
  const pairs: [number | null, number | null][] = [
    [expected.input_tokens, usage.inputTokens],
    [expected.output_tokens, usage.outputTokens],
    [expected.cached_input_tokens, usage.cachedInputTokens],
    [expected.cache_write_tokens, usage.cacheWriteTokens],
    [expected.reasoning_tokens, usage.reasoningTokens],
  ];
  return pairs.every(([wanted, found]) => wanted === null || (found ?? 0) === wanted);
}

function metered(meter: ResponseMeter, answer: RecordedAnswer, chunks: readonly Uint8Array[]): MeterReading {
  const headers = answer.response_headers ?? {};
  const count = (name: string): number | null => {
    const value = headers[`x-amzn-bedrock-${name}-token-count`];
    return value === undefined ? null : Number(value);
  };
  const stream = meter.open({
    api: (answer.weir_api ?? 'other') as ApiName,
    provider: answer.provider,
    kind: answer.provider,
    requestModel: answer.request_model,
    status: answer.status ?? 200,
    contentType: answer.response_content_type ?? '',
    contentEncoding: '', // the recordings are decoded, whatever their headers still say
    bedrockInputTokens: count('input'),
    bedrockOutputTokens: count('output'),
    events: false,
  });
  for (const chunk of chunks) stream.push(chunk);
  let reading: MeterReading | null = null;
  stream.finish(said => {
    reading = said;
  });
  if (reading === null) throw new Error('a plain body is read at once');
  return reading;
}
