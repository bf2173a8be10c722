// Which trace the request belongs to: the caller's, or one of its own where Weir tells traces (`otlp:`). Before anything can be refused, so that refusals belong to it too.
import { isSampled, parseTraceParent, traceIdOf } from '../../core/trace.js';
import type { Exchange } from '../exchange.js';

export function trace(exchange: Exchange): void {
  const { head, entry, runtime } = exchange;
  const { otlp } = runtime.config;
  const parent = head.traceParent === '' ? null : parseTraceParent(head.traceParent);
  if (parent !== null) entry.traceId = parent.traceId;
  if (otlp === null || !otlp.traces) return;
  const traceId = parent?.traceId ?? traceIdOf(entry.id);
  entry.traceId = traceId;
  exchange.sampled = parent?.sampled ?? isSampled(traceId, otlp.sample);
  if (parent === null) return;
  exchange.step('identify', null, 'permit', 'trace_joined', {
    parent: parent.spanId,
    sampled: parent.sampled,
  });
}
