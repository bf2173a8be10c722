// A small language for requests in tests: an entry with a number, and what is special about it.
import type { Identification } from '../../src/core/api.js';
import { Entry } from '../../src/core/entry.js';
import { noUsage, type Usage } from '../../src/core/usage.js';

/** 2026-11-23T09:00:00.000Z, the time of entry 0; each further one is a second later. */
export const START_MS = Date.UTC(2026, 10, 23, 9);

export function idOf(number: number): string {
  return `req_${String(number).padStart(26, '0')}`;
}

export const CHAT: Identification = {
  isAi: true,
  provider: 'openai',
  api: 'openai.chat',
  model: 'gpt-4o',
  modelServed: null,
  stream: true,
  maxOutputTokens: 256,
  messages: 2,
  tools: null,
  modalities: ['text'],
  evidence: [],
};

type Special = Partial<Omit<Entry, 'id' | 'timeMs' | 'steps' | 'attempts'>>;

export function entry(number: number, special: Special = {}): Entry {
  const { method, path, clientAddress, userAgent, ...rest } = special;
  const made = new Entry(
    idOf(number),
    START_MS + number * 1000,
    method ?? 'POST',
    path ?? '/v1/chat/completions',
    clientAddress ?? '127.0.0.1',
    userAgent ?? null,
  );
  made.identification = { ...CHAT };
  return Object.assign(made, rest);
}

export function usage(input: number | null, output: number | null, special: Partial<Usage> = {}): Usage {
  const known = { inputTokens: input, outputTokens: output };
  const sources = { source: 'provider', inputSource: 'provider', outputSource: 'provider' } as const;
  return { ...noUsage(), ...known, ...sources, ...special };
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
