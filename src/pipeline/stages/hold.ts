// Third pass over the policies (CONTRACT.md §3): what the request may come to is held in every limit on tokens and every budget, all or none. Once per
// request: another try at another target holds nothing more.
import { WeirError } from '../../core/error.js';
import type { Exchange } from '../exchange.js';
import { forecastOf } from '../forecast.js';

export function hold(exchange: Exchange): void {
  const { policies } = exchange;
  if (policies === null || exchange.policyPass !== 'hold') return;
  exchange.policyPass = 'done';
  if (policies.set.hold.length === 0) return;
  const refusal = policies.hold(forecastOf(exchange));
  if (refusal !== null) throw refusal;
  if (exchange.thread.journal.full) askLedger(exchange);
}

/** What a budget is charged must not be lost: where the ledger has no room, `ledger.on_full` says what becomes of the request. */
function askLedger(exchange: Exchange): void {
  const charged = exchange.policies?.held.find(
    ({ rule }) => rule.kind === 'budget' && rule.mode === 'enforce',
  );
  if (charged === undefined) return;
  const { onFull } = exchange.runtime.config.ledger;
  const { name } = charged.rule;
  const refuses = onFull === 'refuse';
  exchange.step('hold', null, refuses ? 'deny' : 'permit', 'ledger_full', { on_full: onFull, budget: name });
  if (!refuses) return;
  throw new WeirError(
    'weir_ledger_full',
    `the ledger has no room at the moment, and the budget ${name} must not lose what it is charged (ledger.on_full: refuse)`,
    { retryAfterMs: 1000, detail: { policy: name } },
  );
}
