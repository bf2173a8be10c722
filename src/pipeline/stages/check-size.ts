// A body that says it is too large is refused before a byte of it is read; one that does not say is counted as it comes.
import { WeirError } from '../../core/error.js';
import type { Exchange } from '../exchange.js';

export function checkSize({ head, runtime }: Exchange): void {
  const { bodyBytes } = runtime.config.limits;
  if (head.contentLength <= bodyBytes) return;
  throw new WeirError(
    'weir_body_too_large',
    `the body is ${head.contentLength} bytes; limits.body_bytes is ${bodyBytes}`,
    { detail: { limit: bodyBytes, asked: head.contentLength } },
  );
}
