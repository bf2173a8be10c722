// What the clients' tests share: gateways over the simulator, a Weir key that is known, what a record says, a provider that is watched.
import { expect } from 'vitest';
import type { RequestRecord } from '../../src/core/record.js';
import { newWeirKey, weirKeySha256 } from '../../src/core/weir-key.js';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.js';
import { onEnd, type RunningGateway, startGateway, until } from '../integration/harness.js';

export interface ClientWorld {
  readonly gateway: RunningGateway;
  /** A key of consumer team-a, named ci. */
  readonly key: string;
  /** Well-formed and unknown to the gateway. */
  readonly unknownKey: string;
  /** Behind the provider `watched`: an endless answer at a pace, seen from the provider's side. */
  readonly watched: Simulator;
}

/** Longer than any pause of an unpaced simulator on a busy machine, short enough to wait for. */
const IDLE_MS = 2000;

/** Bodies beyond this are 413 in these tests. */
export const BODY_BYTES_MAX = 256 * 1024;

/** A gateway whose `providers` are simulated, with one consumer; `kinds` are built-in names. `keyless` has no key to call with. */
export async function startWorld(...kinds: readonly string[]): Promise<ClientWorld> {
  const watched = await startSimulator({ host: '127.0.0.1', port: 0, tokens: 100_000, tokensPerSecond: 100 });
  onEnd(() => watched.close());
  const key = newWeirKey();
  const simulated = kinds.map(kind => `  ${kind}: { base_url: "simulator:" }\n`).join('');
  const gateway = await startGateway(`
anonymous: allow
workers: 1
timeouts: { idle: ${IDLE_MS}ms }
limits: { body_bytes: ${BODY_BYTES_MAX} }
consumers:
  - { name: team-a, keys: [ { name: ci, sha256: ${weirKeySha256(key)} } ] }
providers:
${simulated}  watched: { kind: ${kinds[0]}, base_url: "${watched.url}", auth: none }
  keyless: { kind: ${kinds[0]} }
`);
  return { gateway, key, unknownKey: newWeirKey(), watched };
}

/** A gateway without a provider of the dialect that is tested: every call is 404 weir_no_route. */
export const startElsewhere = (kind: string): Promise<RunningGateway> =>
  startGateway(`anonymous: allow\nworkers: 1\nproviders:\n  ${kind}: { base_url: "simulator:" }\n`);

export interface Expected {
  readonly api: string;
  readonly provider: string;
  readonly model: string;
  /** The model that the answer names; the asked one where absent. */
  readonly served?: string | null;
  readonly stream: boolean | null;
  readonly input: number | null | undefined;
  readonly output: number | null | undefined;
}

/** The record of a served call says what the SDK saw. `output: null`: the dialect has no such number (embeddings). */
export function expectServed(record: RequestRecord, expected: Expected): void {
  expect(expected.input, 'input tokens that the SDK reports').toBeGreaterThan(0);
  if (expected.output !== null) {
    expect(expected.output, 'output tokens that the SDK reports').toBeGreaterThan(0);
  }
  expect(record).toMatchObject({
    outcome: 'served',
    status: 200,
    error: null,
    ai: {
      is_ai: true,
      provider: expected.provider,
      api: expected.api,
      model: expected.model,
      model_served: expected.served === undefined ? expected.model : expected.served,
      stream: expected.stream,
    },
    usage: {
      input_tokens: expected.input,
      output_tokens: expected.output,
      source: 'provider',
    },
  });
  expect(record.attempts).toHaveLength(1);
}

/** The consumer that a call with the world's key is written down for. */
export const consumerOf = (key: string): object => ({ name: 'team-a', key: `ci …${key.slice(-4)}` });

/** The client is gone: the provider was told at once, and the record says whose doing it was. */
export async function expectAborted(world: ClientWorld, api: string): Promise<void> {
  await until(() => world.watched.running() === 0, 'the provider to see the end');
  expect(world.watched.eventsSent()).toBeGreaterThan(0);
  const record = await world.gateway.newest(({ ai }) => ai.provider === 'watched');
  expect(record).toMatchObject({
    outcome: 'aborted',
    status: 200,
    ai: { api, stream: true },
    error: { source: 'client', code: 'weir_client_closed' },
  });
}

/** The provider broke, or fell silent, in mid-stream. */
export async function expectFailed(gateway: RunningGateway, code: string): Promise<void> {
  const record = await gateway.newest(({ outcome }) => outcome !== 'served');
  expect(record).toMatchObject({ outcome: 'failed', status: 200, error: { source: 'provider', code } });
}

/** What a promise is rejected with. */
export async function rejection(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error('it was not rejected');
}

/** All pieces of a stream. */
export async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const pieces: T[] = [];
  for await (const piece of stream) pieces.push(piece);
  return pieces;
}

/** The stream, whose pieces are also written down: what came before it broke. */
export async function* noting<T>(stream: AsyncIterable<T>, seen: T[]): AsyncIterable<T> {
  for await (const piece of stream) {
    seen.push(piece);
    yield piece;
  }
}

/** A text of more than `BODY_BYTES_MAX`. */
export const TOO_LONG = 'w'.repeat(BODY_BYTES_MAX + 1);

export const REQUEST_ID = /^req_[0-9A-Z]{26}$/i;
