// The price of one model at one time: what a usage costs, and the dearest that a number of tokens can cost.
import type { Usage } from '../core/usage.js';
import {
  amount,
  costNanos,
  type Extras,
  filled,
  NO_EXTRAS,
  type Rates,
  rateVector,
  roundedSum,
  type WrittenRates,
} from './rates.js';

/** Where a price may depend on what only the provider's own usage object says (`Usage.raw`). */
export type RawReader = (usage: Usage) => { readonly usage: Usage; readonly extras: Extras };

export interface Price {
  /** `openai/gpt-4o`: the catalogue's provider and entry; `prices[0] (local/*)` for an override. */
  readonly name: string;
  /** `genai-prices 0.1.8`, or `weir.yaml`. */
  readonly catalogue: string;
  /** Nano-dollars per request, beside the tokens. */
  readonly perRequest: number;
  /** Nano-dollars, an integer; null where neither input nor output is known: nothing was metered, nothing can be charged. */
  costOf(usage: Usage): number | null;
  /**
   * Nano-dollars: the most that so many tokens can cost, at the dearest context tier that they reach and without a discount.
   * `cacheWritePossible: false` where the request cannot write a cache, `mediaPossible: false` where it has and asks for text only.
   */
  worstOf(
    inputTokens: number,
    outputTokens: number,
    cacheWritePossible?: boolean,
    mediaPossible?: boolean,
  ): number;
}

/** Rates for requests with more input tokens than `above`; the first band has -1. All of a request is billed at its band. */
export interface Band {
  readonly above: number;
  readonly rates: WrittenRates;
}

/** The dearest rates of a band and all before it, in pico-dollars per token; indexed by what is possible. */
interface FilledBand {
  readonly above: number;
  readonly vector: Float64Array;
  /** [text, with cache writes, with media, with both]. */
  readonly dearestInput: readonly number[];
  /** [text, with media]. */
  readonly dearestOutput: readonly number[];
  readonly perRequest: number;
}

export class BandedPrice implements Price {
  readonly name: string;
  readonly catalogue: string;
  readonly perRequest: number;
  readonly #bands: readonly FilledBand[];
  readonly #readRaw: RawReader | null;

  constructor(
    name: string,
    catalogue: string,
    bands: readonly Band[],
    options: { anthropic?: boolean; readRaw?: RawReader | null } = {},
  ) {
    if (bands.length === 0) throw new Error(`price ${name} has no rates`);
    this.name = name;
    this.catalogue = catalogue;
    this.#bands = fillBands(bands, options.anthropic === true);
    this.#readRaw = options.readRaw ?? null;
    this.perRequest = roundedSum([1], [this.#bandFor(0).perRequest]);
  }

  costOf(usage: Usage): number | null {
    if (usage.inputTokens === null && usage.outputTokens === null) return null;
    if (this.#readRaw === null || usage.raw.length === 0)
      return costNanos(this.#bandFor(usage.inputTokens ?? 0).vector, usage, NO_EXTRAS);
    const read = this.#readRaw(usage);
    return costNanos(this.#bandFor(read.usage.inputTokens ?? 0).vector, read.usage, read.extras);
  }

  worstOf(
    inputTokens: number,
    outputTokens: number,
    cacheWritePossible = true,
    mediaPossible = true,
  ): number {
    const band = this.#bandFor(inputTokens);
    const input = band.dearestInput[(cacheWritePossible ? 1 : 0) + (mediaPossible ? 2 : 0)] ?? 0;
    const output = band.dearestOutput[mediaPossible ? 1 : 0] ?? 0;
    return roundedSum([amount(inputTokens), amount(outputTokens), 1], [input, output, band.perRequest]);
  }

  #bandFor(inputTokens: number): FilledBand {
    let index = this.#bands.length - 1;
    while (index > 0 && inputTokens <= (this.#bands[index]?.above ?? 0)) index--;
    return this.#bands[index] as FilledBand;
  }
}

function fillBands(bands: readonly Band[], anthropic: boolean): FilledBand[] {
  const result: FilledBand[] = [];
  for (const { above, rates: written } of bands) {
    const rates = filled(written, anthropic);
    const before = result.at(-1);
    result.push({
      above,
      vector: rateVector(rates),
      dearestInput: [0, 1, 2, 3].map(may =>
        Math.max(dearestInput(rates, (may & 1) !== 0, (may & 2) !== 0), before?.dearestInput[may] ?? 0),
      ),
      dearestOutput: [0, 1].map(may =>
        Math.max(dearestOutput(rates, may !== 0), before?.dearestOutput[may] ?? 0),
      ),
      perRequest: Math.max(rates.perRequest, before?.perRequest ?? 0),
    });
  }
  return result;
}

/** One price for all: an override, or a policy's `unpriced: { input, output }`. Rates in pico-dollars per token. */
export function fixedPrice(name: string, rates: WrittenRates): Price {
  return new BandedPrice(name, 'weir.yaml', [{ above: -1, rates }]);
}

function dearestInput(rates: Rates, cacheWritePossible: boolean, mediaPossible: boolean): number {
  let dearest = Math.max(rates.input, rates.cachedInput);
  if (cacheWritePossible) dearest = Math.max(dearest, rates.cacheWrite, rates.cacheWrite1h);
  if (!mediaPossible) return dearest;
  const audio = Math.max(rates.audioInput, rates.cachedAudioInput);
  return Math.max(dearest, audio, rates.imageInput, rates.cachedImageInput, rates.videoInput);
}

function dearestOutput(rates: Rates, mediaPossible: boolean): number {
  const text = Math.max(rates.output, rates.reasoning);
  return mediaPossible ? Math.max(text, rates.audioOutput, rates.imageOutput, rates.videoOutput) : text;
}
