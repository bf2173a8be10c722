// `/weir/v1/…` on the data plane: with a consumer's own key, what Weir knows of that consumer. No record is written of it: it is a question about records,
// and would crowd them out; no policy is asked.
import { WeirError } from '../core/error.js';
import type { OwnDataReply, ThreadReply } from '../core/own-data.js';
import { WEIR_KEY_PREFIX } from '../core/weir-key.js';
import type { Downstream, DownstreamEvents } from '../http/downstream.js';
import { answerError, asWeirError } from '../http/rescue.js';
import type { Exchange } from './exchange.js';
import type { OwnDataEvents, OwnDataPlace } from './own-data.js';
import { authenticate } from './stages/authenticate.js';

export const OWN_DATA_PREFIX = '/weir/v1/';

/** Answers, at once or later. */
export function answerOwnData(exchange: Exchange): void {
  try {
    new OwnDataAnswer(exchange).begin();
  } catch (thrown) {
    tell(exchange, asWeirError(thrown));
  }
}

class OwnDataAnswer implements DownstreamEvents, OwnDataEvents {
  readonly #exchange: Exchange;
  readonly #downstream: Downstream;
  #place: OwnDataPlace | null = null;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
    this.#downstream = exchange.downstream;
  }

  /** Errors: WeirError; nothing has been sent then, and nothing will be told. */
  begin(): void {
    const { head, entry, thread } = this.#exchange;
    if (head.method !== 'GET' && head.method !== 'HEAD')
      throw new WeirError('weir_bad_request', `${head.method} is not answered here; use GET`, {
        status: 405,
      });
    authenticate(this.#exchange);
    const { principal } = entry;
    if (this.#exchange.caller?.key == null || principal?.key == null)
      throw new WeirError('weir_no_key', "a consumer's own data is told for its Weir key only");
    this.#downstream.attach(this);
    this.#place = thread.ownData.ask(
      {
        kind: 'own',
        consumer: principal.name,
        key: principal.key,
        path: head.path.slice(OWN_DATA_PREFIX.length),
        query: withoutKeys(head.query ?? ''),
        accept: head.header('accept') ?? '',
      },
      this,
    );
    if (this.#place !== null) return;
    throw new WeirError('weir_overloaded', 'too many questions of this kind are being answered; ask again', {
      retryAfterMs: 1000,
    });
  }

  onReply(reply: ThreadReply | null): void {
    const exchange = this.#exchange;
    try {
      if (reply === null)
        throw new WeirError('weir_overloaded', 'the ledger did not answer in time; ask again', {
          retryAfterMs: 1000,
        });
      if (!reply.ok) throw new WeirError(reply.code, reply.message);
      if (!('body' in reply)) throw new Error('this is the reply to another question');
      this.#send(reply);
    } catch (thrown) {
      const error = asWeirError(thrown);
      if (error.code === 'weir_internal') exchange.thread.reportBug(exchange.entry.id, thrown);
      tell(exchange, error);
    }
    if (this.#downstream.done) this.#leave();
  }

  onDrained(): void {
    if (this.#downstream.done) this.#leave();
  }

  onGone(): void {
    this.#leave();
  }

  /** A body of such a request means nothing. */
  onBody(): void {}

  #send({ type, body, headers }: Extract<OwnDataReply, { ok: true }>): void {
    const { head, entry } = this.#exchange;
    const bytes = Buffer.from(body);
    const fields = ['content-type', type, 'x-weir-request-id', entry.id, 'cache-control', 'no-store'];
    for (const [name, value] of Object.entries(headers)) fields.push(name, value);
    fields.push(...cors(this.#exchange));
    this.#downstream.head(200, fields, head.method === 'HEAD' ? -1 : bytes.length);
    if (head.method === 'HEAD') this.#downstream.endEmpty(bytes.length);
    // A body of known length ends by itself, when a slow client has taken it.
    else this.#downstream.write(bytes);
  }

  #leave(): void {
    if (this.#place !== null) this.#exchange.thread.ownData.forget(this.#place);
    this.#place = null;
  }
}

function tell(exchange: Exchange, error: WeirError): void {
  const { downstream, head, entry } = exchange;
  if (downstream.done) return;
  if (downstream.headSent) downstream.close();
  else {
    const allow = error.facts.status === 405 ? ['allow', 'GET, HEAD'] : [];
    answerError(downstream, head.method, 'none', error, entry.id, false, [...allow, ...cors(exchange)]);
  }
}

function cors({ head, runtime }: Exchange): string[] {
  const listed = head.origin !== '' && runtime.corsOrigins.has(head.origin);
  return listed ? ['access-control-allow-origin', head.origin, 'vary', 'origin'] : [];
}

/** `key` is a filter of usage and a place of keys: what is a Weir key goes no further. */
function withoutKeys(query: string): string {
  if (query === '') return '';
  const params = new URLSearchParams(Buffer.from(query, 'latin1').toString('utf8'));
  const kept = [...params].filter(([, value]) => !value.includes(WEIR_KEY_PREFIX));
  return new URLSearchParams(kept).toString();
}
