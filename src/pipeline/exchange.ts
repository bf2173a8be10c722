// Hot path: per request. The state of one exchange: what the stages read and write while a request travels through them.

import { type ApiName, type Dialect, dialectOf } from '../core/api.js';
import type { BodyFacts } from '../core/body-facts.js';
import { Entry, type Phase, type Step, type StepKind, type Verdict } from '../core/entry.js';
import type { ModelListing } from '../core/model-list.js';
import type { Downstream } from '../http/downstream.js';
import type { RequestHead } from '../http/request-head.js';
import type { PolicyRun } from '../policy/policy-run.js';
import type { StepSink } from '../policy/run-context.js';
import type { HeadFacts } from '../provider/identify-head.js';
import type { Authenticated } from '../route/authenticate.js';
import type { ParsedPath } from '../route/path.js';
import type { Routing, Target } from '../route/router.js';
import type { PromptCount } from '../tokens/count-prompt.js';
import type { RequestPlugins } from './plugins/request-plugins.js';
import type { Runtime } from './runtime.js';
import type { DataPlaneThread } from './thread.js';
import type { Tried } from './tried.js';

export type Caller = Extract<Authenticated, { ok: true }>;

/** One object for all steps that have nothing to add. */
export const NO_EVIDENCE: Step['evidence'] = Object.freeze({});

/** How the request's body travels. */
export type BodyMode = 'none' | 'whole' | 'stream';

export class Exchange {
  readonly thread: DataPlaneThread;
  readonly runtime: Runtime;
  readonly head: RequestHead;
  readonly downstream: Downstream;
  readonly entry: Entry;
  /** Monotonic ms. */
  readonly startMs: number;
  /** When the running piece of Weir's own work began, monotonic ms; 0 while it waits for others. */
  busySinceMs: number;
  #busyMs = 0;
  #markMs: number;

  /** Whether Weir tells the request's trace; null: it tells none. */
  sampled: boolean | null = null;
  path: ParsedPath | null = null;
  /** Provider that the path's first segment names, else null. */
  prefix: string | null = null;
  /** The path in the provider's own terms, octet for octet. */
  nativePath = '';
  headFacts: HeadFacts | null = null;
  caller: Caller | null = null;
  bodyMode: BodyMode = 'none';
  body: Buffer | null = null;
  /** The same without its content coding; null also where that could not be undone. */
  plainBody: Buffer | null = null;
  facts: BodyFacts | null = null;
  /** There is a body that the identification should have read and could not. */
  opaque = false;
  routing: Routing | null = null;
  /** A list of models that Weir answers itself. */
  modelListing: ModelListing | null = null;
  /** The body of an answer that is Weir's own, of status 200. */
  ownAnswer: string | null = null;
  targetIndex = 0;
  /** What failed tries have left behind; null before the first. */
  tried: Tried | null = null;
  /** The request's way through the policies; null where none are configured. */
  policies: PolicyRun | null = null;
  /** How far it has come: the passes before that are done. */
  policyPass: 'gate' | 'change' | 'hold' | 'done' = 'gate';
  /** The plugins that look at the request; null where there are none. */
  plugins: RequestPlugins | null = null;
  /** The output bound that a cap writes into the request; null: none. */
  outputCap: number | null = null;
  /** `RateLimit-Policy` and `RateLimit` of a refusal. */
  limitHeaders: readonly [string, string] | null = null;
  /** Tokens of what is asked, for `promptModel`; null where they are not known, undefined where nobody has asked: see `promptOf`. */
  prompt: PromptCount | null | undefined = null;
  /** The model that the prompt was last counted for, as the target gets it; undefined before that. */
  promptModel: string | null | undefined = undefined;
  /** Withdraws the count that is waited for. */
  promptWait: (() => void) | null = null;

  constructor(thread: DataPlaneThread, head: RequestHead, downstream: Downstream, startMs: number) {
    const { clock, ids, runtime } = thread;
    const wallMs = clock.wallMs();
    this.thread = thread;
    this.runtime = runtime;
    this.head = head;
    this.downstream = downstream;
    this.startMs = startMs;
    this.busySinceMs = startMs;
    this.#markMs = startMs;
    const peer = downstream.peerAddress;
    const client = runtime.trustedProxies.clientOf(peer, head.forwardedFor) ?? peer;
    this.entry = new Entry(ids.next(wallMs), wallMs, head.method, head.path, client, head.userAgent || null);
  }

  get api(): ApiName {
    return this.headFacts?.api ?? 'none';
  }

  get dialect(): Dialect | null {
    return dialectOf(this.api);
  }

  /** ms since the request began. */
  elapsedMs(): number {
    return this.thread.clock.monotonicMs() - this.startMs;
  }

  /** Leaves a step; its time is what has passed since the one before. */
  step(phase: Phase, kind: StepKind, verdict: Verdict, code: string, evidence: Step['evidence']): void {
    const now = this.thread.clock.monotonicMs();
    const micros = Math.round((now - this.#markMs) * 1000);
    this.#markMs = now;
    this.entry.steps.push({ phase, policy: null, kind, mode: 'enforce', verdict, code, evidence, micros });
  }

  /** Leaves a policy's step, which may still be corrected within the same turn. */
  readonly policyStep: StepSink = (phase, policy, kind, mode, verdict, code, evidence) => {
    const now = this.thread.clock.monotonicMs();
    const micros = Math.round((now - this.#markMs) * 1000);
    this.#markMs = now;
    const step = { phase, policy, kind, mode, verdict, code, evidence, micros };
    this.entry.steps.push(step);
    return step;
  };

  /** The target that the request as it stands goes to; null before it is routed. */
  get target(): Target | null {
    return this.routing?.targets[this.targetIndex] ?? null;
  }

  /** The model that the target is asked for. */
  get targetModel(): string | null {
    return this.target?.model ?? this.entry.identification.model;
  }

  /** Weir's own work begins again: until `rest` the time is the gateway's. */
  work(): void {
    this.busySinceMs = this.#markMs = this.thread.clock.monotonicMs();
  }

  rest(): void {
    if (this.busySinceMs === 0) return;
    this.#busyMs += this.thread.clock.monotonicMs() - this.busySinceMs;
    this.busySinceMs = 0;
  }

  /** Weir's own time so far, ms. */
  get gatewayMs(): number {
    return this.#busyMs;
  }
}
