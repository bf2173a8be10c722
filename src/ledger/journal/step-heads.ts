// Hot path: per step of a record. What a step says beside its numbers (phase, kind, verdict, mode, policy, code) as one text of the dictionary,
// because all six recur together: `hold limit permit enforce 11 team-tokenslimit_ok`, the number being the policy's length, `-` without one.
import type { Phase, Step, StepKind, Verdict } from '../../core/entry.js';
import { LOST_TEXT } from './body-reader.js';
import { TEXTS_MAX } from './layout.js';

type Head = Pick<Step, 'phase' | 'kind' | 'verdict' | 'mode' | 'policy' | 'code'>;

/** What it needs of the two that need it. */
interface Writer {
  varint(value: number): void;
  text(text: string, number: number): void;
}
interface Numbers {
  own(text: string): number;
}

const NONE: Head = Object.freeze({
  phase: 'settle',
  kind: null,
  verdict: 'failed',
  mode: 'enforce',
  policy: null,
  code: '',
});

/** Remembers which head followed which, so that mostly six comparisons find it. One for each dictionary. */
export class StepHeads {
  readonly #heads = new Array<Head>(TEXTS_MAX + 1).fill(NONE);
  readonly #next = new Uint16Array(TEXTS_MAX + 1).fill(TEXTS_MAX);
  /** Number of the head before; TEXTS_MAX: none, or one without a number. */
  #before = TEXTS_MAX;

  /** Another record begins. */
  restart(): void {
    this.#before = TEXTS_MAX;
  }

  put(writer: Writer, dictionary: Numbers, step: Step): void {
    const before = this.#before;
    const guess = this.#next[before] ?? TEXTS_MAX;
    if (guess !== TEXTS_MAX && isHead(this.#heads[guess] ?? NONE, step)) {
      this.#before = guess;
      writer.varint(guess + 2);
      return;
    }
    const text = headText(step);
    const number = dictionary.own(text);
    if (number >= 0) {
      this.#heads[number] = step;
      this.#next[before] = number;
    }
    this.#before = number < 0 ? TEXTS_MAX : number;
    writer.text(text, number);
  }
}

function isHead(head: Head, step: Step): boolean {
  return (
    head.code === step.code &&
    head.policy === step.policy &&
    head.verdict === step.verdict &&
    head.phase === step.phase &&
    head.kind === step.kind &&
    head.mode === step.mode
  );
}

function headText({ phase, kind, verdict, mode, policy, code }: Head): string {
  const length = policy === null ? '-' : policy.length;
  return `${phase} ${kind ?? '-'} ${verdict} ${mode} ${length} ${policy ?? ''}${code}`;
}

/** The reverse. A lost text becomes a step that says so. */
export function parseHead(text: string): Head {
  const [all, phase, kind, verdict, mode, length] = /^(\w+) ([\w-]+) (\w+) (\w+) (\d+|-) /.exec(text) ?? [];
  if (all === undefined) return { ...NONE, code: LOST_TEXT };
  const rest = text.slice(all.length);
  const policy = length === '-' ? null : rest.slice(0, Number(length));
  return {
    phase: phase as Phase,
    kind: kind === '-' ? null : (kind as StepKind),
    verdict: verdict as Verdict,
    mode: mode === 'shadow' ? 'shadow' : 'enforce',
    policy,
    code: rest.slice(policy === null ? 0 : policy.length),
  };
}
