// Third pass over the policies (CONTRACT.md §3): what the request may come to is held in every limit on tokens and every budget, all or none. Once per
// request: another try at another target holds nothing more.
import type { Exchange } from '../exchange.js';
import { forecastOf } from '../forecast.js';

export function hold(exchange: Exchange): void {
  const { policies } = exchange;
  if (policies === null || exchange.policyPass !== 'hold') return;
  exchange.policyPass = 'done';
  if (policies.set.hold.length === 0) return;
  const refusal = policies.hold(forecastOf(exchange));
  if (refusal !== null) throw refusal;
}
