// What the head alone tells of a request, by its path in the provider's own terms. Hot path: once per request, again where a plugin puts another model
// into the path.
import { type HeadFacts, identifyHead } from '../provider/identify-head.js';
import type { Exchange } from './exchange.js';

export function readHeadFacts({
  head,
  runtime,
  prefix,
  nativePath,
}: Pick<Exchange, 'head' | 'runtime' | 'prefix' | 'nativePath'>): HeadFacts {
  return identifyHead({
    method: head.method,
    host: null,
    provider: prefix,
    kind: prefix === null ? null : runtime.provider(prefix).config.kind,
    path: nativePath,
    query: head.query ?? '',
    header: name => head.header(name),
  });
}
