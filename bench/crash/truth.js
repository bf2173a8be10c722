// What request number n is and what its answer truly costs: known to the clients, to the upstream and to the checks alike, without a word between them.
import { between, generator } from './random.js';

/** How an answer comes: whole at once, whole after a while, streamed without a pause, streamed with the connection open long behind its end. */
const MANNERS = ['json', 'json', 'late', 'stream', 'stream', 'lingers'];
export const MODELS = { openai: 'gpt-4o', anthropic: 'claude-sonnet-4-0' };
/** Between two events of a slow stream: long enough that a kill finds some of them half-way, and that progress is noted. */
export const SLOW_GAP_MS = 15;

/** How long a provider that lingers leaves the connection open behind the last event. */
export const LINGER_MS = 600;

/** @param slow whether the client wants one of the long streams */
export function truth(n, slow) {
  const random = generator(Math.imul(n + 1, 0x9e3779b1));
  const manner = slow ? 'slow' : MANNERS[between(random, 0, MANNERS.length - 1)];
  const input = between(random, 12, 120);
  const cached = random() < 0.3 ? between(random, 1, input - 1) : 0;
  const events = slow ? between(random, 100, 260) : between(random, 3, 40);
  return {
    dialect: random() < 0.6 ? 'openai' : 'anthropic',
    manner,
    streams: manner !== 'json' && manner !== 'late',
    /** Anthropic counts what was cached apart; Weir and OpenAI include it. */
    usage: { input, output: events + between(random, 0, 5), cached },
    events,
    waitMs: manner === 'late' ? between(random, 5, 250) : 0,
    /** OpenAI streams only tell their usage where they are asked; else Weir asks and keeps it from the client. */
    asksUsage: random() < 0.5,
    /** The client leaves in the middle of some. */
    leavesAfter: random() < 0.06 ? between(random, 1, events) : null,
  };
}

/** The number back out of a body: `user`, or `metadata.user_id`. Slow ones say so, because the number alone does not tell. */
export function numberOf(text) {
  const match = /^(n|s)-(\d+)$/.exec(text ?? '');
  return match === null ? null : { n: Number(match[2]), slow: match[1] === 's' };
}
export const nameOf = (n, slow) => `${slow ? 's' : 'n'}-${n}`;
