// Where it went and what came of it: attempts, the end, what can be done, and whose time it was.
import type { RequestRecord } from '../core/record.js';
import { adviceFor } from './advice.js';
import { ended, quoted, span } from './words.js';

type AttemptRecord = RequestRecord['attempts'][number];

export function attemptSentences({ attempts, outcome }: RequestRecord): string[] {
  if (attempts.length === 0) return outcome === 'running' ? [] : ['It was not sent to any provider.'];
  if (attempts.length === 1)
    return attempts.map(attempt => `It went to ${quoted(attempt.target)}: ${attemptEnd(attempt)}.`);
  return attempts.map((attempt, i) => {
    const when = i === 0 ? '' : ` (begun at ${span(attempt.started_ms)})`;
    return `Attempt ${i + 1} of ${attempts.length} went to ${quoted(attempt.target)}${when}: ${attemptEnd(attempt)}.`;
  });
}

/** Attempt times count from the start of the request; what the reader asks is how long each took. */
function attemptEnd(attempt: AttemptRecord): string {
  const parts: string[] = [];
  if (attempt.status !== null) parts.push(`it answered ${attempt.status}`);
  if (attempt.first_byte_ms !== null)
    parts.push(`its first byte came after ${since(attempt, attempt.first_byte_ms)}`);
  if (attempt.error !== null) parts.push(errorOf(attempt.error));
  if (attempt.total_ms !== null) parts.push(`it was over after ${since(attempt, attempt.total_ms)}`);
  return parts.length === 0 ? 'no answer yet' : parts.join(', ');
}

/** One of Weir's codes, or the provider's own words. */
function errorOf(error: string): string {
  return /^[a-z0-9_]+$/.test(error) ? `it ended with ${error}` : `it told of an error, "${quoted(error)}"`;
}

function since({ started_ms: started }: AttemptRecord, ms: number): string {
  return span(Math.max(0, ms - started));
}

export function endSentences(record: RequestRecord): string[] {
  const sentences = [END[record.outcome](record)];
  const advice = adviceFor(record);
  if (advice !== null) sentences.push(advice);
  return sentences;
}

const END: Readonly<Record<RequestRecord['outcome'], (record: RequestRecord) => string>> = {
  running: ({ status }) =>
    status === null
      ? 'It is still running; no answer has begun.'
      : `It is still running; an answer with status ${status} has begun.`,
  served: ({ status, error }) => {
    const told =
      error === null ? '' : ` The provider told of an error in it: ${ended(quoted(error.message, 600))}`;
    return status !== null && status >= 400
      ? `The provider itself refused it with status ${status}; the caller got that answer whole, with the provider's own reason in it.${told}`
      : `The answer went out whole, with status ${status ?? 'unknown'}.${told}`;
  },
  blocked: record =>
    begun(record)
      ? `Weir ended the answer after it had begun with status ${record.status}: ${errorText(record)}`
      : `Weir refused it with status ${record.status ?? 'unknown'}: ${errorText(record)}`,
  failed: record =>
    begun(record)
      ? `The answer had begun with status ${record.status} and broke off; the caller's stream was ended with an error: ${errorText(record)}`
      : `It failed with status ${record.status ?? 'unknown'}: ${errorText(record)}`,
  aborted: ({ status, timing }) => {
    const when = timing.total_ms === null ? '' : ` after ${span(timing.total_ms)}`;
    return status === null
      ? `The client went away${when}, before any answer had begun.`
      : `The client went away${when}, in the middle of an answer with status ${status}.`;
  },
  interrupted: ({ error, attempts }) =>
    error?.code === 'weir_interrupted'
      ? `Weir itself died before it ended (a crash, a kill, or the machine), and settled it at its next start: ${attempts.length === 0 ? 'nothing had been sent to a provider' : 'tokens, cost and charges are what its journal had seen by then, as if the client had left'}.`
      : 'Weir itself stopped before it ended; what stands here is what had been seen by then.',
};

/** An error that comes after a success status came in the middle of an answer. */
function begun({ status }: RequestRecord): boolean {
  return status !== null && status < 400;
}

const FAULT: Readonly<Record<string, string>> = {
  client: "the request's side",
  provider: "the provider's side",
  plugin: 'a plugin',
  policy: 'a policy',
  gateway: "Weir's side",
};

function errorText({ error }: RequestRecord): string {
  if (error === null) return 'no reason was recorded.';
  return ended(`${error.code}, on ${FAULT[error.source] ?? error.source}: ${quoted(error.message, 600)}`);
}

/** The split of time. The provider's part is what is not Weir's own: network and thinking are one from here. */
export function timeSentences({ timing, attempts }: RequestRecord): string[] {
  const { total_ms: total, gateway_ms: gateway, first_byte_ms: firstByte } = timing;
  if (total === null) return [];
  const first = firstByte === null ? '' : ` The first byte of the answer came after ${span(firstByte)}.`;
  if (gateway === null) return [`It took ${span(total)}.${first}`];
  const rest = total - gateway;
  // A refusal waits for nobody; what is left is the time between two readings of the clock.
  if (rest < 0.0005 || (attempts.length === 0 && rest < total / 50))
    return [`It took ${span(total)}, all of it in Weir's own code.${first}`];
  const other = attempts.length === 0 ? 'waiting for the caller' : 'waiting for the provider and the network';
  return [`It took ${span(total)}: ${span(gateway)} in Weir's own code, ${span(rest)} ${other}.${first}`];
}
