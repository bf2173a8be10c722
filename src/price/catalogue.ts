// The price catalogue as scripts/build-prices.js wrote it: build/prices/catalogue.json, read once a thread when the first
// PriceBook is made. 280 KB of text; importing the package that it comes from would cost every thread 16 MB.
import { readFileSync } from 'node:fs';
import type { Band } from './price.js';

/** A rule on a model's name, in lower case; strings in it are compared in lower case. */
export type MatchRule =
  | { readonly or: readonly MatchRule[] }
  | { readonly and: readonly MatchRule[] }
  | { readonly equals: string }
  | { readonly starts_with: string }
  | { readonly ends_with: string }
  | { readonly contains: string }
  | { readonly regex: string };

/** Prices under a condition: from a date on, or between two times of the UTC day (the second before the first: over midnight). */
export interface Plan {
  readonly sinceMs?: number;
  readonly fromSecond?: number;
  readonly toSecond?: number;
  /** Null where the model is billed in units that no usage carries (seconds, pages). No rate at all: see names.ts `isFree`. */
  readonly bands: readonly Band[] | null;
}

export interface CatalogueModel {
  readonly id: string;
  readonly match: MatchRule;
  /** Asked from the last to the first; where none applies, the first. */
  readonly plans: readonly Plan[];
}

export interface CatalogueProvider {
  readonly id: string;
  /** Providers whose models are asked where it has none of its own: Azure serves OpenAI's at OpenAI's prices. */
  readonly fallback: readonly string[];
  readonly models: readonly CatalogueModel[];
}

export interface Catalogue {
  /** `genai-prices 0.1.8`. */
  readonly version: string;
  readonly providers: readonly CatalogueProvider[];
}

const FILE = new URL('../../build/prices/catalogue.json', import.meta.url);

let loaded: Catalogue | null = null;

/** The same object for every caller of a thread. Throws where it was not built. */
export function loadCatalogue(): Catalogue {
  if (loaded === null) {
    try {
      loaded = JSON.parse(readFileSync(FILE, 'utf8')) as Catalogue;
    } catch (cause) {
      throw new Error('build/prices/catalogue.json cannot be read; `npm run build` makes it', { cause });
    }
  }
  return loaded;
}
