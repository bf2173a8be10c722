// Opens what reads one answer beside its forwarding: the meter, and the tally that counts its text. Hot path: per attempt.
import { encodingOf } from '../tokens/encodings.js';
import { type AnswerTally, KeptTally, LiveTally } from './answer-tally.js';
import type { PreparedCall } from './attempt.js';
import type { Exchange } from './exchange.js';
import type { ResponseHeaders } from './response-headers.js';
import type { MeterStream, ResponseHead } from './response-meter.js';
import { GENERATES } from './settle-usage.js';

export interface OpenedMeter {
  readonly meter: MeterStream;
  /** Null where the answer has no text of a model: refusals, embeddings. */
  readonly tally: AnswerTally | null;
}

/** `events`: Weir asked for usage, so the ends of events are wanted. */
export function openMeter(
  exchange: Exchange,
  { provider }: PreparedCall,
  status: number,
  headers: ResponseHeaders,
  events: boolean,
): OpenedMeter {
  const { api, stream } = exchange.entry.identification;
  const { contentEncoding, contentType } = headers;
  const generates = status < 400 && GENERATES.has(api);
  // What comes compressed is decoded off the thread, so it cannot be read again in one go.
  const kept = generates && stream !== true && contentType.includes('json') && contentEncoding === '';
  const { encoding } = encodingOf(exchange.promptModel ?? null);
  const live = generates && !kept ? new LiveTally(exchange, encoding) : null;
  const head: ResponseHead = {
    api: exchange.api,
    provider: provider.config.name,
    kind: provider.config.kind,
    requestModel: exchange.entry.identification.model,
    status,
    contentType,
    contentEncoding,
    bedrockInputTokens: headers.bedrockInputTokens,
    bedrockOutputTokens: headers.bedrockOutputTokens,
    events,
    spans: live === null ? null : live.read,
  };
  const tally = kept ? new KeptTally(exchange, head, encoding) : live;
  return { meter: exchange.thread.meter.open(head), tally };
}
