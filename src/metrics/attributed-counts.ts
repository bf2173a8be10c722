// Requests, tokens and cost by what they are attributed to (`metrics.by`): a consumer, a key, a tag, an end user. One series a value, not their
// product, and a bounded number of values, because callers choose some of them. Hot path: per request.
import type { Entry } from '../core/entry.js';
import { LabelIndex } from './label-index.js';

export type Attribute = 'consumer' | 'key' | 'end_user' | `tag.${string}`;

const MEASURES = ['requests', 'input_tokens', 'output_tokens', 'cost_nanos'] as const;
export type Measure = (typeof MEASURES)[number];

export interface AttributedCount {
  readonly labels: { readonly by: string; readonly value: string; readonly measure: Measure };
  readonly count: number;
}

interface Series {
  readonly by: Attribute;
  readonly index: LabelIndex;
  /** [value][measure] */
  readonly counts: Float64Array;
}

export class AttributedCounts {
  readonly #values: number;
  readonly #series: readonly Series[];

  /** @param values distinct values kept apart by attribute; `previous`: what of the same attributes has been counted goes on */
  constructor(by: readonly Attribute[], values: number, previous: AttributedCounts | null = null) {
    this.#values = values;
    const known = previous !== null && previous.#values === values ? previous.#series : [];
    this.#series = by.map(
      each =>
        known.find(series => series.by === each) ?? {
          by: each,
          // Beside `(other)` and `(none)`.
          index: new LabelIndex(values + 2),
          counts: new Float64Array((values + 2) * MEASURES.length),
        },
    );
  }

  add(entry: Entry): void {
    for (const { by, index, counts } of this.#series) {
      const at = index.of(attributeOf(by, entry)) * MEASURES.length;
      counts[at] = (counts[at] ?? 0) + 1;
      counts[at + 1] = (counts[at + 1] ?? 0) + (entry.usage?.inputTokens ?? 0);
      counts[at + 2] = (counts[at + 2] ?? 0) + (entry.usage?.outputTokens ?? 0);
      counts[at + 3] = (counts[at + 3] ?? 0) + (entry.cost?.nanos ?? 0);
    }
  }

  snapshot(): AttributedCount[] {
    return this.#series.flatMap(({ by, index, counts }) => {
      const found: AttributedCount[] = [];
      counts.forEach((count, at) => {
        const measure = MEASURES[at % MEASURES.length];
        if (count === 0 || measure === undefined) return;
        found.push({ labels: { by, value: index.value(Math.floor(at / MEASURES.length)), measure }, count });
      });
      return found;
    });
  }
}

/** Null: it has none. */
function attributeOf(by: Attribute, { principal, endUser }: Entry): string | null {
  if (by === 'consumer') return principal?.name ?? null;
  if (by === 'key') return principal?.key ?? null;
  if (by === 'end_user') return endUser;
  return principal?.tags[by.slice(4)] ?? null;
}
