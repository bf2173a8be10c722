// First pass over the policies (CONTRACT.md §3): denials, and limits on requests and on how many run at once. Nothing has been
// counted or sent by then, unless a policy asks for the prompt's tokens: then it waits for them.
import { PolicyRun } from '../../policy/policy-run.js';
import type { Exchange } from '../exchange.js';
import { ExchangeFacts } from '../policy-facts.js';

export function gate(exchange: Exchange): void {
  const { runtime, thread } = exchange;
  if (exchange.policyPass !== 'gate' || runtime.policies.isEmpty) return;
  if (exchange.policies === null) {
    const facts = new ExchangeFacts(exchange);
    const opaque = (): boolean => exchange.opaque;
    exchange.policies = new PolicyRun(runtime.policies, thread.policy, facts, opaque, exchange.policyStep);
  }
  // Known once the target's model is set for the count.
  if (runtime.policies.needsCountEarly && exchange.promptModel === undefined) return;
  exchange.policyPass = 'change';
  const refusal = exchange.policies.gate();
  if (refusal !== null) throw refusal;
}
