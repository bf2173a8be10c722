// Second pass over the policies (CONTRACT.md §3): plugins and caps in the order of the configuration. Where plugins look at the request, the flow drives
// their pass, which may have to wait; without them there are only caps, and this is all. Once per request.
import type { Exchange } from '../exchange.js';
import { isCapped, outputBoundOf } from '../forecast.js';
import { promptOf } from '../prompt-counter.js';

export function change(exchange: Exchange): void {
  const { policies, plugins } = exchange;
  if (policies === null || exchange.policyPass !== 'change') return;
  exchange.policyPass = 'hold';
  if (plugins !== null || policies.set.caps.length === 0) return;
  const { refusal, outputTokens } = policies.change(
    promptOf(exchange)?.tokens ?? null,
    outputBoundOf(exchange),
    isCapped(exchange),
  );
  if (refusal !== null) throw refusal;
  exchange.outputCap = outputTokens;
}
