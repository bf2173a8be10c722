// Hot path: per request. Moves one exchange through the phases (phases.ts): head, body, target after target, answer, end.
// Every callback from outside enters here, so this is where a throw of any kind becomes an answer.
import type { Outcome } from '../core/entry.js';
import { WeirError } from '../core/error.js';
import type { MeterReading } from '../core/meter-reading.js';
import type { Downstream, DownstreamEvents } from '../http/downstream.js';
import type { RequestHead } from '../http/request-head.js';
import { asWeirError } from '../http/rescue.js';
import type { Fault } from '../route/health/fault.js';
import { asksOnceMore } from './ask-once-more.js';
import { Exchange } from './exchange.js';
import { type FlowBody, openBody } from './flow-body.js';
import type { Listed, LiveList } from './live-list.js';
import { asksForModels, listModels } from './model-list.js';
import { clientLeft, drainsAfterAbort, outcomeOf, tooLate } from './outcome.js';
import { answerItself } from './own-answers.js';
import { ON_BODY, ON_CHANGED, ON_COUNTED, ON_HEAD } from './phases.js';
import { ChangePass, type PassWaiter } from './plugins/change-pass.js';
import { closePlugins, openPlugins } from './plugins/open-plugins.js';
import { admissionOf } from './progress.js';
import { promptCounted } from './prompt-counter.js';
import type { Relay } from './relay.js';
import type { RelayOwner } from './relay-owner.js';
import { sendOn } from './send-on.js';
import { settle } from './settle.js';
import { endAnswer } from './tell-client.js';
import type { DataPlaneThread } from './thread.js';
import { afterBreak, type NextTry, nextTry, turnTo } from './tries.js';
import { optInRefused } from './usage-opt-in.js';

/** `on_abort: drain` reads on for at most this long to learn the usage (CONTRACT.md §4). */
const DRAIN_AFTER_ABORT_MS = 30_000;

export class Flow implements DownstreamEvents, RelayOwner, PassWaiter, Listed {
  listIndex = -1;
  readonly #thread: DataPlaneThread;
  readonly #flows: LiveList<Flow>;
  readonly #exchange: Exchange;
  #body: FlowBody | null = null;
  /** The plugins' part of the second pass; null where no plugin looks at the request. */
  #pass: ChangePass | null = null;
  #relay: Relay | null = null;
  #gone = false;
  /** Settled; the settlement may still have to be written. */
  #over = false;
  /** What the client is told when it is. */
  #error: WeirError | null = null;
  #deadlineMs: number;

  constructor(thread: DataPlaneThread, flows: LiveList<Flow>, head: RequestHead, downstream: Downstream) {
    this.#thread = thread;
    this.#flows = flows;
    const startMs = thread.clock.monotonicMs();
    downstream.attach(this);
    downstream.closeAfter = thread.draining;
    this.#exchange = new Exchange(thread, head, downstream, startMs);
    this.#deadlineMs = startMs + thread.runtime.config.timeouts.totalMs;
  }

  /** Runs until the exchange waits for somebody: body, provider, client. */
  start(): void {
    const exchange = this.#exchange;
    if (answerItself(exchange)) return;
    this.#flows.add(this);
    this.#thread.metrics.admitted();
    try {
      const plugins = openPlugins(exchange);
      if (plugins !== null) this.#pass = new ChangePass(exchange, plugins);
      for (const stage of ON_HEAD) stage(exchange);
      this.#body = openBody(exchange, this.#onBodyReady);
      exchange.downstream.readBody();
      this.#body.begin();
      exchange.rest();
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  onBody(chunk: ArrayBuffer, last: boolean): void {
    if (this.#over) return;
    try {
      this.#exchange.work();
      this.#body?.take(chunk, last);
      this.#relay?.stillAsking();
      this.#exchange.rest();
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  onDrained(): void {
    try {
      this.#relay?.onDrained();
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  onGone(): void {
    this.#gone = true;
    if (this.#over) return;
    const relay = this.#relay;
    const reason = clientLeft('the client closed the connection before its answer was complete');
    if (relay?.asked === true && this.#body?.complete === true && drainsAfterAbort(this.#exchange)) {
      relay.mute();
      this.#deadlineMs = Math.min(this.#deadlineMs, this.#thread.clock.monotonicMs() + DRAIN_AFTER_ABORT_MS);
      return;
    }
    this.#end('aborted', reason, relay?.abandon(reason) ?? null);
    relay?.call.cancel(reason);
  }

  /** Called now and then with the monotonic time: ends what has taken too long, and tells the journal how far the others are. */
  checkDeadline(nowMs: number): void {
    if (this.#over) return;
    const { timeouts } = this.#exchange.runtime.config;
    const { totalMs, idleMs } = timeouts;
    const firstByteMs = this.#exchange.routing?.route?.firstByteMs ?? timeouts.firstByteMs;
    if (nowMs >= this.#deadlineMs) {
      this.#cancel(tooLate(this.#gone, totalMs));
      return;
    }
    const silent = this.#relay?.overdue(nowMs, firstByteMs, idleMs) ?? null;
    if (silent !== null) this.#cancel(silent);
    else this.#relay?.watch(nowMs);
  }

  /** The drain's time is over, or the process gives up: what still runs is cut. */
  interrupt(): void {
    if (this.#over) return;
    const reason = new WeirError('weir_draining', 'Weir is shutting down and could not wait any longer');
    this.#cut('interrupted', reason);
  }

  onPromptCounted(): void {
    this.#forward();
  }

  onHookEnded(): void {
    this.#forward();
  }

  rejects(fault: Fault): boolean {
    const relay = this.#relay;
    if (fault === 'none' || relay === null || !this.#mayRepeat) return false;
    const why = `status_${relay.tried.attempt.status}`;
    const next = nextTry(this.#exchange, relay.tried, fault, why);
    if (next === null) return false;
    relay.tried.leave(why);
    // Later in this turn, when the relay knows that this answer is nobody's: the end of the call is no news then.
    queueMicrotask(() => {
      relay.call.cancel(new WeirError('weir_upstream_broke', `${why}: it is tried again`));
      this.#goOn(next);
    });
    return true;
  }

  asksAgain(body: Buffer): boolean {
    if (this.#gone || !optInRefused(this.#exchange, body)) return false;
    queueMicrotask(() => this.#forward());
    return true;
  }

  onWhole(reading: MeterReading | null): void {
    const left = this.#gone
      ? clientLeft('the client left; the answer was read to its end for its usage')
      : null;
    this.#end(left === null ? 'served' : 'aborted', left, reading);
  }

  onLimit(reason: WeirError): void {
    this.#fail(reason);
  }

  onBroken(error: WeirError): void {
    const relay = this.#relay;
    const [mayRepeat, exchange] = [this.#mayRepeat, this.#exchange];
    const again = mayRepeat && asksOnceMore(exchange, relay);
    const next = mayRepeat && !again && relay !== null ? afterBreak(exchange, relay, error) : null;
    if (relay === null || (next === null && !again)) this.#fail(error);
    else {
      // Whoever tidies up an idle connection has not failed.
      if (again) relay.tried.leave(error.code);
      relay.abandon(error);
      if (next === null) this.#forward();
      else this.#goOn(next);
    }
  }

  readonly #onBodyReady = (apply: () => void): void => {
    try {
      apply();
      for (const stage of ON_BODY) stage(this.#exchange);
      this.#forward();
    } catch (thrown) {
      this.#fail(thrown);
    }
  };

  #forward(): void {
    if (this.#over || this.#gone) return;
    const exchange = this.#exchange;
    try {
      exchange.work();
      if (!promptCounted(exchange, exchange.target?.model ?? null, this)) return;
      for (const stage of ON_COUNTED) stage(exchange);
      if (this.#pass?.advance(this) === false) return;
      for (const stage of ON_CHANGED) stage(exchange);
      if (asksForModels(exchange) && listModels(exchange, thrown => this.#listed(thrown))) return;
      const relay = sendOn(exchange, this.#body?.stream ?? null, this);
      this.#relay = relay;
      exchange.thread.journal.admitted(exchange.entry, admissionOf(exchange));
      relay.dispatch();
    } catch (thrown) {
      this.#fail(thrown);
    } finally {
      // Also where it waits for a count or a hook: that time is not the gateway's.
      exchange.rest();
    }
  }

  /** Another try, now or after its wait. */
  #goOn(next: NextTry): void {
    if (this.#over || this.#gone) return;
    this.#relay = null;
    const turned = turnTo(this.#exchange, next);
    if (turned instanceof WeirError) this.#fail(turned);
    else if (turned.waitMs > 0) setTimeout(() => this.#forward(), turned.waitMs);
    else this.#forward();
  }

  /** The client has seen nothing, and the body can be sent again. */
  get #mayRepeat(): boolean {
    if (this.#gone || this.#over || this.#exchange.downstream.headSent) return false;
    return this.#body === null || this.#body.replayable;
  }

  /** Ends the call; what follows comes back through `onBroken`. */
  #cancel(reason: WeirError): void {
    if (this.#relay === null) this.#fail(reason);
    else this.#relay.call.cancel(reason);
  }

  /** The one way out of trouble. */
  #fail(thrown: unknown): void {
    if (this.#over) return;
    const error = asWeirError(thrown);
    if (error.code === 'weir_internal') this.#thread.reportBug(this.#exchange.entry.id, thrown);
    this.#cut(this.#gone ? 'aborted' : outcomeOf(error), error);
  }

  /** Record first, then the provider; the client hears of it when the record is in the journal. */
  #cut(outcome: Outcome, error: WeirError): void {
    const relay = this.#relay;
    const reading = relay?.abandon(error) ?? null;
    relay?.flushQueue();
    const { downstream, entry } = this.#exchange;
    if (!this.#gone && !downstream.headSent) entry.status = error.facts.status;
    this.#end(outcome, error, reading);
    relay?.call.cancel(error);
  }

  /** For whoever lists requests and what they hold. */
  get exchange(): Exchange {
    return this.#exchange;
  }

  #listed(thrown: unknown): void {
    if (thrown === null) this.#end('served', null, null);
    else this.#fail(thrown);
  }

  #end(outcome: Outcome, error: WeirError | null, reading: MeterReading | null): void {
    if (this.#over) return;
    this.#over = true;
    this.#error = error;
    const exchange = this.#exchange;
    if (this.#thread.draining) exchange.downstream.closeAfter = true;
    exchange.promptWait?.();
    exchange.plugins?.withdraw();
    const requestBytes = this.#body?.receivedBytes ?? 0;
    settle(exchange, { outcome, error, reading, answer: this.#relay, requestBytes }, this.#onWritten);
    this.#body?.release();
    closePlugins(exchange);
  }

  /** The record is in the journal: the client may see the end. It may have left, or leave now. */
  readonly #onWritten = (): void => {
    if (this.listIndex < 0) return;
    this.#flows.remove(this);
    if (this.#thread.journal.full) this.#thread.unwritten.add(this.#exchange.entry);
    if (this.#gone) return;
    try {
      endAnswer(this.#exchange, this.#relay, this.#error, this.#body?.complete === true);
    } catch (bug) {
      this.#thread.reportBug(this.#exchange.entry.id, bug);
      this.#exchange.downstream.close();
    }
  };
}
