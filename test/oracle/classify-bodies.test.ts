// Kernel classify over every recorded request body: what it finds is what JSON.parse finds.
import { describe, expect, test } from 'vitest';
import { ClassifyKernel } from '../../src/kernel/classify.js';
import { twinFacts } from '../kernel/classify-twin.js';
import { corpusPresent, recordings, requestBody } from './recordings.js';

const bodies = recordings().flatMap(recording => {
  const body = requestBody(recording);
  return body === null ? [] : [{ recording, body }];
});

describe.skipIf(!corpusPresent)('classify on recorded request bodies (needs ../shared/corpus)', () => {
  const kernel = ClassifyKernel.load();

  test('finds in every recorded body what JSON.parse finds', () => {
    expect(bodies.length).toBeGreaterThan(900);
    for (const { recording, body } of bodies) {
      expect(kernel.scanWhole(body), recording.id).toMatchObject(twinFacts(body));
    }
  });

  test.each([1, 7, 64, 1460])('finds the same in pieces of %i bytes', size => {
    for (const { recording, body } of bodies) {
      if (size === 1 && body.length > 20_000) continue;
      const scan = kernel.open('json', null);
      for (let i = 0; i < body.length; i += size) scan.push(body.subarray(i, i + size));
      expect(scan.finish(), recording.id).toEqual(kernel.scanWhole(body));
    }
  });

  test('says where the model, the stream options and the end stand', () => {
    for (const { recording, body } of bodies) {
      const facts = kernel.scanWhole(body);
      if (facts.form !== 'json') continue;
      expect(body.toString('latin1', facts.closeAt).trim(), recording.id).toBe('}');
      const model = body.toString('utf8', facts.modelAt, facts.modelEnd);
      if (facts.model !== null) expect(JSON.parse(model), recording.id).toBe(facts.model);
      if (facts.streamOptionsAt >= 0) {
        const before = body.toString('latin1', facts.streamOptionsAt - 24, facts.streamOptionsAt);
        expect(before, recording.id).toMatch(/"stream_options"\s*:\s*\{$/);
      }
    }
  });

  test('finds the model and stream flag that the recordings name', () => {
    let models = 0;
    for (const { recording, body } of bodies) {
      const facts = kernel.scanWhole(body);
      if (facts.form !== 'json') continue;
      if (facts.model !== null && recording.request_model !== null) {
        models++;
        expect(facts.model, recording.id).toBe(recording.request_model);
      }
      if (facts.stream !== null && recording.request_stream !== null) {
        expect(facts.stream, recording.id).toBe(recording.request_stream);
      }
    }
    expect(models).toBeGreaterThan(500);
  });
});
