// First of all: is this a request that means one thing only? Shapes that two servers could read in two ways (RFC 9112
// §6.3, §11.2) and that uWebSockets.js lets through are refused, and so is what Weir does not do.
import { WeirError } from '../../core/error.js';
import { parsePath } from '../../route/path.js';
import type { Exchange } from '../exchange.js';

export function checkHead(exchange: Exchange): void {
  const { head } = exchange;
  if (head.framingProblem !== null) throw new WeirError('weir_bad_framing', head.framingProblem);
  if (head.chunked && head.contentLength >= 0) {
    throw new WeirError('weir_bad_framing', 'content-length and transfer-encoding are both given');
  }
  if (head.upgrade) {
    throw new WeirError(
      'weir_upgrade_refused',
      'upgrades and WebSockets are not supported; use plain HTTP/1.1',
    );
  }
  exchange.path = parsePath(head.path);
}
