// One request's compact record while it runs and after it: written by the pipeline, kept by the ledger,
// turned into the contract's JSON (CONTRACT.md §4) only when somebody asks. Hot path: one of these per request.
import { type Identification, NOT_AI } from './api.js';
import type { ErrorSource } from './codes.js';
import type { Usage } from './usage.js';

export type Outcome = 'running' | 'served' | 'blocked' | 'failed' | 'aborted' | 'interrupted';
export type Phase = 'identify' | 'authenticate' | 'gate' | 'change' | 'route' | 'hold' | 'forward' | 'settle';
export type StepKind = 'limit' | 'budget' | 'cap' | 'deny' | 'plugin' | 'route' | 'usage_opt_in' | null;
export type Verdict = 'permit' | 'deny' | 'change' | 'skipped' | 'failed';

export type StepEvidence = Readonly<Record<string, string | number | boolean | null>>;

/** Takes what a step shows value by value, so that nobody makes an object of it. */
export interface EvidenceSink {
  value(value: StepEvidence[string]): void;
  /** Dollars that the record shows as usdText() of price/amounts.ts does. */
  usd(nanos: number): void;
}

/** Takes what a step shows with its keys; a later value of the same key counts. */
export interface PairSink {
  pair(key: string, value: StepEvidence[string]): void;
}

/** Numbers that are put into words only when somebody asks for the record. */
export abstract class LateEvidence {
  abstract written(): StepEvidence;

  /** The keys of written(), a line each, where tell() gives their values; null: it does not. The journal asks at each request's end. */
  get names(): string | null {
    return null;
  }

  /** As many values as `names` has lines, in their order. */
  tell(_sink: EvidenceSink): void {
    throw new Error('this evidence has no names');
  }

  /** What written() shows, where there are no names. */
  tellPairs(sink: PairSink): void {
    const shown = this.written();
    for (const key in shown) sink.pair(key, shown[key] ?? null);
  }
}

/** One stage's decision with its numbers. `micros` is the time it took, in µs. */
export interface Step {
  readonly phase: Phase;
  readonly policy: string | null;
  readonly kind: StepKind;
  readonly mode: 'enforce' | 'shadow';
  readonly verdict: Verdict;
  readonly code: string;
  readonly evidence: StepEvidence | LateEvidence;
  readonly micros: number;
}

/** What a step shows, in words. */
export function writtenEvidence({ evidence }: Pick<Step, 'evidence'>): StepEvidence {
  return evidence instanceof LateEvidence ? evidence.written() : evidence;
}

/** What something cost, and how sure that is. `nanos`: nano-dollars, null where unknown. */
export interface Cost {
  readonly nanos: number | null;
  readonly status: 'reported' | 'computed' | 'estimated' | 'unpriced';
  /** The price that it was computed by, e.g. `openai/gpt-4o`. */
  readonly price: string | null;
  readonly catalogue: string | null;
}

/** One try at one target. Times in ms since the request began; null = never happened. */
export interface Attempt {
  readonly target: string;
  status: number | null;
  error: string | null;
  startedMs: number;
  firstByteMs: number | null;
  totalMs: number | null;
  usage: Usage | null;
  cost: Cost | null;
}

/** Who asked. `key` is a display name, never the secret. */
export interface Principal {
  readonly name: string;
  readonly key: string | null;
  readonly tags: Readonly<Record<string, string>>;
}

export interface EntryError {
  readonly source: ErrorSource;
  readonly code: string;
  readonly message: string;
}

export class Entry {
  readonly id: string;
  /** Wall clock at admission, ms since the epoch. */
  readonly timeMs: number;
  readonly method: string;
  /** Path as it came, without the query (which may hold a credential). */
  readonly path: string;
  /** The client's address as text: the peer's, or what a trusted proxy's x-forwarded-for says. */
  readonly clientAddress: string;
  readonly userAgent: string | null;
  outcome: Outcome = 'running';
  /** What was sent to the client, null if nothing was. */
  status: number | null = null;
  traceId: string | null = null;
  error: EntryError | null = null;
  requestBytes = 0;
  responseBytes = 0;
  identification: Identification = NOT_AI;
  principal: Principal | null = null;
  endUser: string | null = null;
  finishReason: string | null = null;
  readonly steps: Step[] = [];
  readonly attempts: Attempt[] = [];
  /** Sum over attempts; null until settled. */
  usage: Usage | null = null;
  cost: Cost | null = null;
  totalMs: number | null = null;
  firstByteMs: number | null = null;
  /** Time in Weir's own code, ms. */
  gatewayMs: number | null = null;

  constructor(
    id: string,
    timeMs: number,
    method: string,
    path: string,
    clientAddress: string,
    userAgent: string | null,
  ) {
    this.id = id;
    this.timeMs = timeMs;
    this.method = method;
    this.path = path;
    this.clientAddress = clientAddress;
    this.userAgent = userAgent;
  }
}
