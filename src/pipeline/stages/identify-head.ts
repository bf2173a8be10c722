// What the head alone tells: the provider by the path's first segment, api and dialect by the path behind it.
import { identifyHead } from '../../provider/identify-head.js';
import type { Exchange } from '../exchange.js';
import { identify } from '../identification.js';

export function identifyByHead(exchange: Exchange): void {
  const { head, runtime, path } = exchange;
  if (path === null) throw new Error('identify before check');
  const prefix = runtime.router.prefix(path);
  exchange.prefix = prefix;
  exchange.nativePath = prefix === null ? path.raw : path.raw.slice(path.firstEnd) || '/';
  exchange.headFacts = identifyHead({
    method: head.method,
    host: null,
    provider: prefix,
    kind: prefix === null ? null : runtime.provider(prefix).config.kind,
    path: exchange.nativePath,
    query: head.query ?? '',
    header: name => head.header(name),
  });
  exchange.entry.identification = identify(exchange.headFacts, null);
}
