// Plugins between the meter and the client (CONTRACT.md §5.2, 5.6): on_response of all in reverse order before anything is sent, then each text of the
// answer through those that have on_event. The meter has read the provider's bytes before. Hot path: per chunk of answers that plugins look at.
import { WeirError } from '../../core/error.js';
import { AnswerPipe } from '../../plugin/answer/answer-pipe.js';
import { dropHeaders, editHeaders, OF_THE_BYTES } from '../../plugin/header-list.js';
import type { HookOutcome } from '../../plugin/hook.js';
import type { Exchange } from '../exchange.js';
import { type Decoder, decoderFor } from '../response-decoder.js';
import type { ResponseHeaders } from '../response-headers.js';
import { AnswerStage } from './answer-stage.js';
import { tellEvents } from './end-hooks.js';
import { ExchangeScene } from './exchange-scene.js';
import { pluginDenied, pluginFailed, pluginOpaque } from './plugin-errors.js';
import { leavePlainStep, leaveStep } from './plugin-steps.js';
import type { RequestPlugin, RequestPlugins } from './request-plugins.js';
import { noteOutcome, runHook } from './run-hook.js';

/** Who hands an answer through the plugins. */
export interface AnswerOwner {
  /** The head may go out; `rewrites`: what follows it are other bytes, maybe of another length. */
  onBegun(rewrites: boolean): void;
  /** Bytes for the client. */
  onLetOut(bytes: Uint8Array): void;
  /** Whether the client takes what is let out. */
  readonly client: { readonly takes: boolean };
  /** What was waited for has come: more may be pushed. */
  onGoOn(): void;
  /** After end(): all that is let out has been. */
  onAllOut(): void;
  /** A plugin ends the answer. Never from inside push() or end(). */
  onRefused(reason: WeirError): void;
}

/** What says something of the bytes, and no longer does when they are others. */
const OF_THE_ANSWER: readonly string[] = ['etag', ...OF_THE_BYTES];

export class AnswerPlugins {
  /** on_response has been asked. */
  #begun = false;
  readonly #exchange: Exchange;
  readonly #plugins: RequestPlugins;
  readonly #owner: AnswerOwner;
  readonly #headers: ResponseHeaders;
  readonly #hasBody: boolean;
  /** Place of the plugin whose on_response comes next, from the last to the first. */
  #next: number;
  #asked: RequestPlugin | null = null;
  #pipe: AnswerPipe | null = null;
  #decoder: Decoder | null = null;
  readonly #early: Buffer[] = [];
  #ended = false;
  #over = false;

  constructor(
    exchange: Exchange,
    plugins: RequestPlugins,
    head: { readonly status: number; readonly headers: ResponseHeaders; readonly hasBody: boolean },
    owner: AnswerOwner,
  ) {
    this.#exchange = exchange;
    this.#plugins = plugins;
    this.#owner = owner;
    this.#headers = head.headers;
    this.#hasBody = head.hasBody;
    this.#next = plugins.active.length - 1;
    // Another answer, after one that broke before anything of it was sent.
    tellEvents(exchange);
    for (const plugin of plugins.active) plugin.bypassed = false;
    plugins.answer = { status: head.status, headers: head.headers.forward };
  }

  /** Asks on_response of all. */
  begin(): void {
    this.#respond();
  }

  /** Bytes wait here for a hook that runs elsewhere: nothing more should be pushed. */
  get waiting(): boolean {
    return !this.#over && (!this.#begun || this.#pipe?.waiting === true || this.#decoder?.behind === true);
  }

  /** What the provider has sent is taken apart later than it comes. */
  get decodes(): boolean {
    return !this.#over && this.#decoder !== null;
  }

  /** The client takes bytes again, or a verdict has come. */
  goOn(): void {
    if (this.#decoder !== null && this.#handsOn) this.#decoder.resume();
  }

  get #handsOn(): boolean {
    return this.#owner.client.takes && this.#pipe?.waiting !== true;
  }

  /** Whole events go out, wherever the provider is. */
  get byEvents(): boolean {
    return this.#pipe?.byEvents === true;
  }

  push(chunk: Uint8Array): void {
    if (this.#over) return;
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    if (!this.#begun) this.#early.push(bytes);
    else if (this.#decoder !== null) this.#decoder.write(bytes);
    else if (this.#pipe !== null) this.#pipe.push(bytes);
    else this.#owner.onLetOut(bytes);
  }

  end(): void {
    this.#ended = true;
    if (this.#over || !this.#begun) return;
    if (this.#decoder !== null) this.#decoder.end(whole => this.#safely(() => this.#decoded(whole)));
    else if (this.#pipe !== null) this.#pipe.end();
    else this.#owner.onAllOut();
  }

  /** Looks after the bound on how long text is held back. */
  checkHeld(nowMs: number): void {
    this.#safely(() => this.#pipe?.checkHeld(nowMs));
  }

  /** Nobody wants the answer any more. */
  abandon(): void {
    if (this.#over) return;
    this.#over = true;
    this.#pipe?.abandon();
    this.#decoder?.stop();
    this.#plugins.withdraw();
  }

  #respond(): void {
    const { active } = this.#plugins;
    while (this.#next >= 0 && !this.#over) {
      const plugin = active[this.#next--];
      if (plugin === undefined || !plugin.loaded.wants('on_response')) continue;
      this.#asked = plugin;
      const scene = new ExchangeScene(this.#exchange, this.#plugins, plugin, 'on_response');
      const outcome = runHook(this.#exchange, this.#plugins, plugin, scene, this.#responded);
      if (outcome === null) return;
      this.#take(plugin, outcome);
    }
    if (!this.#over) this.#open();
  }

  readonly #responded = (outcome: HookOutcome): void => {
    const plugin = this.#asked;
    if (this.#over || plugin === null) return;
    this.#safely(() => {
      this.#take(plugin, outcome);
      this.#respond();
      if (this.#begun && !this.waiting) this.#owner.onGoOn();
    });
  };

  #take(plugin: RequestPlugin, outcome: HookOutcome): void {
    const { rule, shadow } = plugin;
    noteOutcome(this.#exchange, plugin, outcome);
    leaveStep(this.#exchange, plugin, 'on_response', outcome);
    if (shadow) return;
    if (outcome.result === 'deny') this.#refuse(pluginDenied(rule.name, outcome.denial));
    else if (outcome.result === 'failed' && rule.onFailure === 'closed')
      this.#refuse(pluginFailed(rule.name, outcome.failure, outcome.detail));
    else if (outcome.headers !== null) editHeaders(this.#headers.forward, outcome.headers, false);
  }

  /** The head is settled: what has come meanwhile follows it. */
  #open(): void {
    this.#begun = true;
    const { status } = this.#plugins.answer ?? { status: 0 };
    const stages = this.#hasBody ? this.#stages(status) : [];
    if (stages.length > 0) this.#openPipe(stages);
    this.#owner.onBegun(this.#pipe !== null);
    for (const chunk of this.#early.splice(0)) this.push(chunk);
    if (this.#ended) this.end();
  }

  #stages(status: number): AnswerStage[] {
    const { api } = this.#exchange.entry.identification;
    if (!AnswerPipe.applies(api, status)) return [];
    return this.#plugins.active
      .filter(({ loaded }) => loaded.wants('on_event'))
      .reverse()
      .map(plugin => new AnswerStage(this.#exchange, this.#plugins, plugin, this.#refuse));
  }

  #openPipe(stages: readonly AnswerStage[]): void {
    const { entry, runtime, thread } = this.#exchange;
    const { contentType, contentEncoding, forward } = this.#headers;
    this.#pipe = new AnswerPipe({
      api: entry.identification.api,
      contentType,
      stages,
      inspectBytes: runtime.config.limits.inspectBytes,
      nowMs: () => thread.coarseMs,
      out: bytes => this.#owner.onLetOut(bytes),
      fail: (stage, failure, detail) => {
        if (stage === null || failure === 'unreadable') this.#unreadable(stages, detail);
        else this.#stageFailed(stages, stage, failure, detail);
      },
      bug: thrown => this.#refuse(internal(thrown)),
      resume: () => this.#safely(() => this.#owner.onGoOn()),
      done: () => this.#safely(() => this.#owner.onAllOut()),
    });
    // Whether a text will be changed is not known when the head goes out.
    dropHeaders(forward, OF_THE_ANSWER);
    if (contentEncoding === '' || contentEncoding === 'identity') return;
    this.#decoder = decoderFor(contentEncoding);
    if (this.#decoder === null) {
      this.#unreadable(stages, `its content-encoding ${contentEncoding} is not known`);
      return;
    }
    dropHeaders(forward, ['content-encoding']);
    this.#decoder.onBytes = bytes => {
      this.#safely(() => this.#pipe?.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)));
      if (!this.#over && !this.#handsOn) this.#decoder?.pause();
    };
    this.#decoder.onCaughtUp = () => this.#safely(() => this.#owner.onGoOn());
  }

  #decoded(whole: boolean): void {
    if (whole) this.#pipe?.end();
    else this.#refuse(new WeirError('weir_upstream_broke', 'the compressed answer could not be decoded'));
  }

  #stageFailed(
    stages: readonly AnswerStage[],
    stage: unknown,
    failure: Exclude<HookOutcome['failure'], null>,
    detail: string,
  ): void {
    const failed = stages.find(each => each === stage);
    if (failed === undefined) return;
    failed.fail(failure, detail);
    if (!this.#over) this.#pipe?.bypass(failed);
  }

  /** CONTRACT.md §5.5: `on_opaque` says what becomes of an answer that nobody could look at. */
  #unreadable(stages: readonly AnswerStage[], detail: string): void {
    let refusing: RequestPlugin | null = null;
    for (const { plugin } of stages) {
      if (plugin.bypassed) continue;
      plugin.bypassed = true;
      const refuses = plugin.loaded.prepared.settings.onOpaque === 'refuse';
      const verdict = refuses ? 'deny' : 'skipped';
      leavePlainStep(this.#exchange, 'forward', plugin.rule, verdict, 'plugin_opaque', {
        cannot_see: 'the answer',
        detail,
      });
      if (refuses && !plugin.shadow) refusing ??= plugin;
    }
    if (refusing !== null) this.#refuse(pluginOpaque(refusing.rule.name, 'the answer'));
    else this.#pipe?.bypass(null);
  }

  /** For what comes from elsewhere, a worker, a decoder, a timer: nobody above would catch a throw of Weir's own, and the answer would wait for ever. */
  #safely(work: () => void): void {
    if (this.#over) return;
    try {
      work();
    } catch (cause) {
      this.#refuse(internal(cause));
    }
  }

  /** Told in a later turn: what was let pass before goes out first, and nobody is in the middle of a chunk. */
  readonly #refuse = (reason: WeirError): void => {
    if (this.#over) return;
    this.#over = true;
    this.#decoder?.stop();
    setImmediate(() => this.#owner.onRefused(reason));
  };
}

function internal(cause: unknown): WeirError {
  return new WeirError('weir_internal', 'Weir failed inside while it handed the answer on', { cause });
}
