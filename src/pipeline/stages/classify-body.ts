// What the body adds: model, streaming, bound, counts. Runs on bodies that were read whole; a body that cannot be read
// (encoding, not JSON) leaves the request opaque, which only matters where a rule asks for what is in it.
import type { BodyFacts } from '../../core/body-facts.js';
import type { Exchange } from '../exchange.js';
import { identify } from '../identification.js';

export function applyBodyFacts(exchange: Exchange, facts: BodyFacts | null): void {
  const { headFacts, entry } = exchange;
  if (headFacts === null) throw new Error('classify before identify');
  exchange.facts = facts;
  const hasBody = exchange.body !== null && exchange.body.length > 0;
  exchange.opaque = hasBody && (facts === null || facts.form === 'invalid');
  entry.identification = identify(headFacts, facts);
  entry.endUser = facts?.endUser ?? null;
  const code = exchange.opaque ? 'body_opaque' : 'identified';
  exchange.step('identify', null, exchange.opaque ? 'skipped' : 'permit', code, {
    body_bytes: exchange.body?.length ?? 0,
  });
}
