// One case through a policy's hooks, in the order of a request's life and with what `on_failure` and `on_opaque` make of each: what each did, and what the
// client would get.
import type { MeterReading } from '../core/meter-reading.js';
import { noUsage } from '../core/usage.js';
import { decodeBody } from '../pipeline/decode-body.js';
import { ResponseMeter } from '../pipeline/response-meter.js';
import type { HookName } from '../plugin/abi.js';
import { AnswerPipe } from '../plugin/answer/answer-pipe.js';
import type { EventStage, Piece, PieceVerdict } from '../plugin/answer/event-stage.js';
import { editHeaders } from '../plugin/header-list.js';
import type { HeldPlace, HookFailure, HookOutcome } from '../plugin/hook.js';
import { EventTally } from '../plugin/hook-notes.js';
import { failedOutcome } from '../plugin/outcome.js';
import type { PluginCase } from './plugin-case.js';
import type { Ready } from './plugin-host.js';
import { BEFORE, CaseScene, type Moment } from './plugin-scene.js';
import { CaseTraffic, INSPECT_BYTES, type Kernels } from './plugin-traffic.js';

export interface HookRun {
  readonly hook: HookName;
  readonly outcome: HookOutcome;
  readonly nanoseconds: number;
}

export interface CaseRun {
  readonly hooks: readonly HookRun[];
  readonly traffic: CaseTraffic;
  /** Bytes that the client is sent; null where nothing was answered or all was refused. */
  readonly sent: Buffer | null;
  /** The answer's headers as on_response left them; null where there is no answer. */
  readonly answerHeaders: readonly (readonly [string, string])[] | null;
}

/** A compressed answer may grow to this. */
const DECODED_BYTES_MAX = 512 << 20;
const PASS: PieceVerdict = { result: 'pass', text: null, append: null };
const END: PieceVerdict = { result: 'end', text: null, append: null };
const STATUS_FAILED = 503;
const STATUS_OPAQUE = 422;

export function runCase(one: PluginCase, plugin: Ready, kernels: Kernels, id: string): CaseRun {
  return new Run(one, plugin, kernels, id).all();
}

class Run implements EventStage {
  readonly #one: PluginCase;
  readonly #plugin: Ready;
  readonly #traffic: CaseTraffic;
  readonly #hooks: HookRun[] = [];
  readonly #headers: string[];
  #moment: Moment = BEFORE;
  /** What the request or answer was refused with; null: it was not. */
  #refusal: number | null = null;

  constructor(one: PluginCase, plugin: Ready, kernels: Kernels, id: string) {
    this.#one = one;
    this.#plugin = plugin;
    this.#traffic = new CaseTraffic(one, kernels, id);
    this.#headers = [...(one.answer?.headers ?? [])].flat();
  }

  all(): CaseRun {
    const { answer } = this.#one;
    const sent = this.#refusesOpaque() ? null : this.#live();
    const answerHeaders = answer === null ? null : this.#traffic.shown(this.#headers);
    return { hooks: this.#hooks, traffic: this.#traffic, sent, answerHeaders };
  }

  /** What the client is sent, of a request that the policy looks at. */
  #live(): Buffer | null {
    const { answer } = this.#one;
    this.#call('on_request');
    // Nobody knows what becomes of a request without an answer.
    if (this.#refusal === null && answer === null) return null;
    let sent: Buffer | null = null;
    if (answer !== null && this.#refusal === null) {
      this.#moment = { ...BEFORE, status: answer.status, headers: this.#headers };
      this.#call('on_response');
      if (this.#refusal === null) sent = this.#send(answer);
    }
    this.#end(sent);
    return sent;
  }

  #end(sent: Buffer | null): void {
    const { answer } = this.#one;
    const reading = sent === null ? null : this.#meter();
    const sentStatus = sent !== null && sent.length > 0 ? (answer?.status ?? null) : this.#refusal;
    const usage = reading?.usage ?? noUsage();
    this.#moment = {
      ...this.#moment,
      ...{ piece: null, held: [], reading, usage, sentStatus: sentStatus ?? answer?.status ?? null },
    };
    if (this.#plugin.loaded.wants('on_end')) this.#run('on_end');
  }

  /** Weir refuses what the policy could not see, before it is asked (`on_opaque`). */
  #refusesOpaque(): boolean {
    const { loaded, prepared } = this.#plugin;
    const unseenTexts = loaded.needsMessages && this.#traffic.view.count < 0;
    const unseenBody = loaded.needsBody && this.#traffic.body === null && this.#one.request.body.length > 0;
    if ((!unseenTexts && !unseenBody) || prepared.settings.onOpaque === 'pass') return false;
    this.#opaque('on_request', unseenTexts ? 'the conversation' : 'the body');
    return true;
  }

  #opaque(hook: HookName, what: string): void {
    const message = `Weir cannot see all of ${what}, and the policy asks for it (on_opaque: refuse)`;
    const denial = { status: STATUS_OPAQUE, code: 'weir_opaque_request', message, retryAfterMs: null };
    const neither = { result: 'deny', failure: null, detail: null } as const;
    const outcome = { ...failedOutcome('trap', '', 0), ...neither, denial };
    this.#hooks.push({ hook, outcome, nanoseconds: 0 });
    this.#refusal = STATUS_OPAQUE;
  }

  /** A hook that may refuse. */
  #call(hook: 'on_request' | 'on_response'): void {
    if (!this.#plugin.loaded.wants(hook)) return;
    const outcome = this.#run(hook);
    if (this.#refuses(outcome)) return;
    if (hook === 'on_response' && outcome.headers !== null)
      editHeaders(this.#headers, outcome.headers, false);
  }

  /** Whether the request or answer ends with this outcome; a failure does where `on_failure` is closed. */
  #refuses({ result, denial }: HookOutcome): boolean {
    if (result === 'deny') this.#refusal = denial?.status ?? 403;
    else if (result === 'failed' && this.#closed) this.#refusal = STATUS_FAILED;
    return this.#refusal !== null;
  }

  get #closed(): boolean {
    return this.#plugin.prepared.settings.onFailure === 'closed';
  }

  #run(hook: HookName): HookOutcome {
    const scene = new CaseScene(this.#traffic, hook, this.#moment);
    const before = process.hrtime.bigint();
    const outcome = this.#plugin.loaded.run(scene);
    const nanoseconds = Number(process.hrtime.bigint() - before);
    const done = this.#traffic.settle(hook, outcome);
    this.#hooks.push({ hook, outcome: done, nanoseconds });
    return done;
  }

  #send(answer: NonNullable<PluginCase['answer']>): Buffer {
    const { api } = this.#traffic.ai;
    if (!this.#plugin.loaded.wants('on_event') || !AnswerPipe.applies(api, answer.status)) return answer.body;
    const { notes } = this.#traffic;
    notes.events = new EventTally();
    const encoding = answer.headers.get('content-encoding') ?? '';
    const body = decodeBody(answer.body, encoding, DECODED_BYTES_MAX);
    const sent = body === null ? this.#unread(answer.body, encoding) : this.#pipe(body, api);
    notes.closeEvents();
    return sent;
  }

  #unread(body: Buffer, encoding: string): Buffer {
    if (this.#plugin.prepared.settings.onOpaque === 'pass') return body;
    this.#opaque('on_event', `the answer (its content-encoding ${encoding} could not be undone)`);
    return Buffer.alloc(0);
  }

  #pipe(body: Buffer, api: CaseTraffic['ai']['api']): Buffer {
    const out: Buffer[] = [];
    const pipe = new AnswerPipe({
      api,
      contentType: this.#one.answer?.headers.get('content-type') ?? '',
      stages: [this],
      inspectBytes: INSPECT_BYTES,
      nowMs: () => performance.now(),
      out: bytes => out.push(Buffer.from(bytes)),
      fail: (stage, failure, detail) => {
        if (stage !== null && failure !== 'unreadable') {
          this.#broke(failure, detail);
          if (!this.#closed) pipe.bypass(stage);
        } else if (this.#plugin.prepared.settings.onOpaque === 'pass') pipe.bypass(null);
        else this.#opaque('on_event', `the answer (${detail})`);
      },
      resume: () => undefined,
      done: () => undefined,
    });
    pipe.push(body);
    pipe.end();
    return Buffer.concat(out);
  }

  /** It held back too much, or held the end. */
  #broke(failure: HookFailure, detail: string): void {
    const outcome = failedOutcome(failure, detail, 0);
    this.#hooks.push({ hook: 'on_event', outcome, nanoseconds: 0 });
    this.#traffic.notes.bypassed = true;
    this.#refuses(outcome);
  }

  onPiece(piece: Piece, held: readonly HeldPlace[]): PieceVerdict {
    const { notes } = this.#traffic;
    if (notes.bypassed) return PASS;
    this.#moment = { ...this.#moment, piece, held };
    const outcome = this.#run('on_event');
    notes.events?.count(outcome, notes.evidenceCount);
    const { result, eventText, heldAppend } = outcome;
    if (result === 'go_on' || result === 'hold')
      return { result: result === 'hold' ? 'hold' : 'pass', text: eventText, append: heldAppend };
    notes.bypassed = true;
    return this.#refuses(outcome) ? END : PASS;
  }

  #meter(): MeterReading | null {
    const { answer } = this.#one;
    if (answer === null) return null;
    const { ai, provider } = this.#traffic;
    const encoding = answer.headers.get('content-encoding') ?? '';
    const stream = meter().open({
      api: ai.api,
      provider,
      kind: provider,
      requestModel: this.#traffic.model,
      status: answer.status,
      contentType: answer.headers.get('content-type') ?? '',
      contentEncoding: '',
      bedrockInputTokens: null,
      bedrockOutputTokens: null,
      events: false,
    });
    stream.push(decodeBody(answer.body, encoding, DECODED_BYTES_MAX) ?? answer.body);
    return stream.abandon();
  }
}

let known: ResponseMeter | null = null;

function meter(): ResponseMeter {
  known ??= ResponseMeter.load();
  return known;
}
