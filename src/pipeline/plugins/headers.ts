// Which headers of an exchange plugins see: none whose value holds a credential, which only the exchange knows (CONTRACT.md §5.8).
import { holdsWeirKey } from '../../core/weir-key.js';
import { shownHeaders } from '../../plugin/header-list.js';
import { holdsSecret } from '../../plugin/scrub.js';
import { stableSecret } from '../../route/credentials.js';
import type { Exchange } from '../exchange.js';

/** Of a flat list, by lower-case name, each once. */
export function headersShown(exchange: Exchange, list: readonly string[]): [string, string][] {
  return shownHeaders(list, value => holdsCredential(exchange, value));
}

function holdsCredential({ caller, runtime }: Exchange, value: string): boolean {
  if (holdsWeirKey(value)) return true;
  const own = caller?.credential?.value;
  if (own !== undefined && holdsSecret(value, [stableSecret(own)])) return true;
  return holdsSecret(value, runtime.secrets);
}
