// One small question to a provider, outside of anybody's request: a GET whose answer is read whole, within bounds.
import { WeirError } from '../core/error.js';
import { type CallSink, UpstreamCall } from './call.js';
import type { Upstream } from './upstream.js';

export interface FetchBounds {
  readonly msMax: number;
  readonly bytesMax: number;
}

/** The JSON of a 200. Errors: WeirError of the call; `weir_upstream_garbage` where it is anything else. */
export function fetchJson(
  upstream: Upstream,
  target: string,
  path: string,
  headers: string[],
  { msMax, bytesMax }: FetchBounds,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const garbage = (what: string): WeirError =>
      new WeirError('weir_upstream_garbage', `${target} answered ${path} ${what}`);
    const sink: CallSink = {
      onHead(status) {
        if (status !== 200) call.cancel(garbage(`with status ${status}`));
        return true;
      },
      onChunk(chunk) {
        bytes += chunk.length;
        if (bytes > bytesMax) call.cancel(garbage(`with more than ${bytesMax} bytes`));
        else chunks.push(Buffer.from(chunk));
        return true;
      },
      onDone() {
        clearTimeout(timer);
        try {
          resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')));
        } catch (cause) {
          reject(
            new WeirError('weir_upstream_garbage', `${target} answered ${path} without JSON`, { cause }),
          );
        }
      },
      onFailed(error) {
        clearTimeout(timer);
        reject(error);
      },
    };
    const call = new UpstreamCall(sink, target);
    const late = new WeirError('weir_total_timeout', `${target} did not answer ${path} within ${msMax} ms`);
    const timer = setTimeout(() => call.cancel(late), msMax);
    upstream.dispatch(call, 'GET', path, headers, null);
  });
}
