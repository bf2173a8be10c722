// One case through a policy's hooks, in the order of a request's life: what each did, and what the client would get.

import type { MeterReading } from '../core/meter-reading.js';
import { ResponseMeter } from '../pipeline/response-meter.js';
import type { HookName } from '../plugin/abi.js';
import { AnswerPipe } from '../plugin/answer/answer-pipe.js';
import type { EventStage, Piece, PieceVerdict } from '../plugin/answer/event-stage.js';
import type { HeldPlace, HookFailure, HookOutcome } from '../plugin/hook.js';
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
}

export function runCase(one: PluginCase, plugin: Ready, kernels: Kernels, id: string): CaseRun {
  return new Run(one, plugin, kernels, id).all();
}

class Run implements EventStage {
  readonly #one: PluginCase;
  readonly #plugin: Ready;
  readonly #traffic: CaseTraffic;
  readonly #hooks: HookRun[] = [];
  #moment: Moment = BEFORE;

  constructor(one: PluginCase, plugin: Ready, kernels: Kernels, id: string) {
    this.#one = one;
    this.#plugin = plugin;
    this.#traffic = new CaseTraffic(one, kernels, id);
  }

  all(): CaseRun {
    let sent: Buffer | null = null;
    if (!this.#refusesOpaque() && this.#passes('on_request') && this.#one.answer !== null) {
      const { status, headers } = this.#one.answer;
      this.#moment = { ...BEFORE, status, headers };
      if (this.#passes('on_response')) sent = this.#send();
      this.#moment = { ...this.#moment, piece: null, held: [], reading: this.#meter() };
      this.#passes('on_end');
    }
    return { hooks: this.#hooks, traffic: this.#traffic, sent };
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
    const denial = { status: 422, code: 'weir_opaque_request', message, retryAfterMs: null };
    const neither = { result: 'deny', failure: null, detail: null } as const;
    const outcome = { ...failedOutcome('trap', '', 0), ...neither, denial };
    this.#hooks.push({ hook, outcome, nanoseconds: 0 });
  }

  /** False: the request or answer ends here. */
  #passes(hook: HookName): boolean {
    if (!this.#plugin.loaded.wants(hook)) return true;
    const { result } = this.#run(hook);
    return result === 'go_on' || result === 'hold';
  }

  #run(hook: HookName): HookOutcome {
    const scene = new CaseScene(this.#traffic, hook, this.#moment);
    const before = process.hrtime.bigint();
    const outcome = this.#plugin.loaded.run(scene);
    const nanoseconds = Number(process.hrtime.bigint() - before);
    this.#hooks.push({ hook, outcome, nanoseconds });
    if (outcome.result !== 'failed') this.#traffic.apply(hook, outcome);
    return outcome;
  }

  #send(): Buffer {
    const { answer } = this.#one;
    if (answer === null) return Buffer.alloc(0);
    const { api } = this.#traffic.ai;
    if (!this.#plugin.loaded.wants('on_event') || !AnswerPipe.applies(api, answer.status)) return answer.body;
    const out: Buffer[] = [];
    const pipe = new AnswerPipe({
      api,
      contentType: answer.headers.get('content-type') ?? '',
      stages: [this],
      inspectBytes: INSPECT_BYTES,
      nowMs: () => performance.now(),
      out: bytes => out.push(Buffer.from(bytes)),
      fail: (stage, failure, detail) => {
        if (stage !== null && failure !== 'unreadable') this.#broke(failure, detail);
        else if (this.#plugin.prepared.settings.onOpaque === 'pass') pipe.bypass(null);
        else this.#opaque('on_event', `the answer (${detail})`);
      },
      resume: () => undefined,
      done: () => undefined,
    });
    pipe.push(answer.body);
    pipe.end();
    return Buffer.concat(out);
  }

  /** It held back too much, or held the end. */
  #broke(failure: HookFailure, detail: string): void {
    this.#hooks.push({ hook: 'on_event', outcome: failedOutcome(failure, detail, 0), nanoseconds: 0 });
  }

  onPiece(piece: Piece, held: readonly HeldPlace[]): PieceVerdict {
    this.#moment = { ...this.#moment, piece, held };
    const { result, eventText, heldAppend } = this.#run('on_event');
    if (result === 'go_on' || result === 'hold')
      return { result: result === 'hold' ? 'hold' : 'pass', text: eventText, append: heldAppend };
    return { result: 'end', text: null, append: null };
  }

  #meter(): MeterReading | null {
    const { answer } = this.#one;
    if (answer === null) return null;
    const { api, provider, model } = this.#traffic.ai;
    const stream = meter().open({
      api,
      provider,
      kind: provider,
      requestModel: model,
      status: answer.status,
      contentType: answer.headers.get('content-type') ?? '',
      contentEncoding: '',
      bedrockInputTokens: null,
      bedrockOutputTokens: null,
      events: false,
    });
    stream.push(answer.body);
    return stream.abandon();
  }
}

let known: ResponseMeter | null = null;

function meter(): ResponseMeter {
  known ??= ResponseMeter.load();
  return known;
}
