// Identification over every recorded request: provider, api and dialect as those who recorded it say.
import { describe, expect, test } from 'vitest';
import type { Identification } from '../../src/core/api.js';
import { ClassifyKernel } from '../../src/kernel/classify.js';
import { identify } from '../../src/pipeline/identification.js';
import { identifyHead, type RequestHead } from '../../src/provider/identify-head.js';
import { corpusPresent, type Recording, recordings, requestBody } from './recordings.js';

const recorded = recordings();

describe.skipIf(!corpusPresent)('identification of recorded requests (needs ../shared/corpus)', () => {
  const kernel = ClassifyKernel.load();

  test('names the provider of every recorded address', () => {
    const wrong = recorded.flatMap(recording => {
      if (recording.url === null) return [];
      const { provider, isAi } = identifyHead(headOf(recording, true));
      const right =
        recording.provider === 'none' ? provider === null && !isAi : provider === recording.provider;
      return right ? [] : [`${recording.id} ${recording.url} ${recording.provider} ${provider}`];
    });
    expect(wrong).toEqual([]);
  });

  test('names the api of every recorded request', () => {
    const wrong = recorded.flatMap(recording => {
      if (recording.url === null || recording.weir_api === null) return [];
      const { api } = identified(recording, true);
      return api === recording.weir_api
        ? []
        : [`${recording.id} ${recording.url} ${recording.weir_api} ${api}`];
    });
    expect(wrong).toEqual([]);
  });

  test('names the dialect by path and body alone', () => {
    let tried = 0;
    const wrong = recorded.flatMap(recording => {
      if (recording.weir_api === null || recording.request_body_file === null) return [];
      tried++;
      const { api } = identified(recording, false);
      const right = dialect(api) === dialect(recording.weir_api);
      return right ? [] : [`${recording.id} ${recording.url} ${recording.weir_api} ${api}`];
    });
    expect(wrong).toEqual([]);
    expect(tried).toBeGreaterThan(900);
  });

  test.each(['own', 'openai-compatible'])(
    'names the api where the provider is configured, its kind %s',
    kinds => {
      const wrong = recorded.flatMap(recording => {
        const { provider, url, weir_api: want } = recording;
        if (url === null || want === null || provider === 'none') return [];
        const ownPaths = /^(anthropic|gemini|vertex-ai|bedrock|cohere|ollama)$/.test(provider);
        const kind = kinds === 'own' || ownPaths ? provider : 'openai-compatible';
        const { api, provider: named } = identifyHead({ ...headOf(recording, false), provider, kind });
        return api === want && named === provider ? [] : [`${recording.id} ${url} ${want} ${api} ${named}`];
      });
      expect(wrong).toEqual([]);
    },
  );

  test('says of every field where it was read', () => {
    for (const recording of recorded) {
      if (recording.url === null) continue;
      const ai = identified(recording, true);
      const fields = new Set(ai.evidence.map(({ field }) => field));
      if (ai.isAi) expect(fields, recording.id).toContain('api');
      if (ai.model !== null) expect(fields, recording.id).toContain('model');
      if (ai.stream !== null) expect(fields, recording.id).toContain('stream');
      if (ai.provider !== null) expect(fields, recording.id).toContain('provider');
    }
  });

  function identified(recording: Recording, withHost: boolean): Identification {
    const body = requestBody(recording);
    const head = identifyHead(headOf(recording, withHost));
    return identify(head, body === null || isForm(recording) ? null : kernel.scanWhole(body));
  }
});

function isForm(recording: Recording): boolean {
  return Object.values(recording.request_headers ?? {}).some(value => value.startsWith('multipart/'));
}

function dialect(api: string): string {
  return api.split('.')[0] ?? '';
}

function headOf(recording: Recording, withHost: boolean): RequestHead {
  const url = recording.url === null ? null : new URL(recording.url);
  const headers = Object.entries(recording.request_headers ?? {});
  return {
    method: recording.method,
    host: withHost ? (url?.host ?? null) : null,
    provider: null,
    kind: null,
    path: url?.pathname ?? '',
    query: url?.search.slice(1) ?? '',
    header: name => headers.find(([key]) => key.toLowerCase() === name)?.[1] ?? null,
  };
}
