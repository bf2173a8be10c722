// What the head alone tells: the provider by the path's first segment, api and dialect by the path behind it.
import type { Exchange } from '../exchange.js';
import { readHeadFacts } from '../head-facts.js';
import { identify } from '../identification.js';

export function identifyByHead(exchange: Exchange): void {
  const { runtime, path } = exchange;
  if (path === null) throw new Error('identify before check');
  const prefix = runtime.router.prefix(path);
  exchange.prefix = prefix;
  exchange.nativePath = prefix === null ? path.raw : path.raw.slice(path.firstEnd) || '/';
  exchange.headFacts = readHeadFacts(exchange);
  exchange.entry.identification = identify(exchange.headFacts, null);
}
