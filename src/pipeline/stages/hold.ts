// Second and third pass over the policies (CONTRACT.md §3): caps, then what the request may come to is held in every limit on tokens and every budget, all
// or none. Once per request: another try at another target holds nothing more.
import type { Exchange } from '../exchange.js';
import { forecastOf, isCapped, outputBoundOf } from '../forecast.js';
import { promptOf } from '../prompt-counter.js';

export function hold(exchange: Exchange): void {
  const { policies } = exchange;
  if (policies === null || exchange.policyPass !== 'change') return;
  exchange.policyPass = 'done';
  if (policies.set.change.length > 0) {
    const { refusal, outputTokens } = policies.change(
      promptOf(exchange)?.tokens ?? null,
      outputBoundOf(exchange),
      isCapped(exchange),
    );
    if (refusal !== null) throw refusal;
    exchange.outputCap = outputTokens;
  }
  if (policies.set.hold.length === 0) return;
  const refusal = policies.hold(forecastOf(exchange));
  if (refusal !== null) throw refusal;
}
