// Moves what a request holds to the buckets of another target (CONTRACT.md §3, Policies): all enforced ones or none. Rare: at a failover, or
// where a policy has changed the model.
import type { WeirError } from '../core/error.js';
import { settle, type Wish } from '../kernel/limits-hold.js';
import { BucketEvidence } from './evidence.js';
import type { Held, RunContext } from './run-context.js';
import { refusalOf, takeAll } from './take.js';

/** A hold, and the one that shall stand for it: the same amount in another bucket of the same window. */
interface Move {
  readonly from: Held;
  readonly to: Held;
}

/** After a refusal everything is held where it was. `changed`: not the target alone may be another, but anything that is counted by. */
export function moveAll(context: RunContext, all: readonly Held[], changed = false): WeirError | null {
  context.refusing = null;
  const moves: Move[] = [];
  for (const from of all) {
    if (!(changed || from.rule.followsTarget)) continue;
    const values = from.rule.valuesOf(context.facts);
    if (values === from.values) continue;
    const key = from.rule.keyOf(context.thread.limits, values, from.window);
    const wish = context.wish(from.rule, key, from.window, from.wish.amount);
    const bucket = from.rule.bucketName(values, from.window.startMs);
    moves.push({ from, to: { ...from, values, bucket, wish } });
  }
  const enforced = moves.filter(({ from }) => from.rule.mode === 'enforce');
  const refusing = takeAll(
    context,
    enforced.map(({ to }) => to),
  );
  if (refusing >= 0) {
    const { to } = enforced[refusing] as Move;
    note(context, to, true);
    return refusalOf(context, to);
  }
  for (const move of moves) {
    const { from, to } = move;
    const lost = from.rule.mode === 'shadow' && takeAll(context, [to]) >= 0;
    note(context, to, lost);
    from.lost = lost;
    if (!lost) replace(context, move);
  }
  return null;
}

function replace({ thread }: RunContext, { from, to }: Move): void {
  const old: Wish = from.wish;
  from.wish = to.wish;
  from.values = to.values;
  from.bucket = to.bucket;
  settle(thread.limits, old, 0, thread.sharedMs());
}

function note(context: RunContext, { rule, wish, values }: Held, denied: boolean): void {
  const evidence = new BucketEvidence(rule, wish, values);
  context.note('route', rule, denied ? 'deny' : 'permit', denied ? rule.reachedCode : 'moved', evidence);
}
