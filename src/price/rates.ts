// Hot path: per request. What each part of a request costs, and the sum: pico-dollars per token times tokens, added exactly,
// rounded once to nano-dollars, half up. Where the sum leaves 2^53 (a hostile usage) the same is done in BigInt.
import type { Usage } from '../core/usage.js';
import { NANOS_MAX, PICOS_PER_NANO } from './amounts.js';

/** Integers, pico-dollars per token; `perRequest` and `perWebSearch` each. Every rate has a value: see `filled`. */
export interface Rates {
  readonly input: number;
  readonly cachedInput: number;
  readonly cacheWrite: number;
  readonly cacheWrite1h: number;
  readonly audioInput: number;
  readonly cachedAudioInput: number;
  readonly imageInput: number;
  readonly cachedImageInput: number;
  readonly videoInput: number;
  readonly output: number;
  readonly reasoning: number;
  readonly audioOutput: number;
  readonly imageOutput: number;
  readonly videoOutput: number;
  readonly perRequest: number;
  readonly perWebSearch: number;
}

export type WrittenRates = Partial<Rates>;

/** What a usage object may say beyond the normalised numbers. Subsets of input and output, like the rest. */
export interface Extras {
  readonly imageInput: number;
  readonly imageOutput: number;
  readonly videoInput: number;
  readonly videoOutput: number;
  readonly webSearches: number;
}

export const NO_EXTRAS: Extras = Object.freeze({
  imageInput: 0,
  imageOutput: 0,
  videoInput: 0,
  videoOutput: 0,
  webSearches: 0,
});

/**
 * What is not written follows what is: a cached token costs what an input token costs, never nothing. Anthropic documents 1.25
 * times the input rate for cache writes kept 5 minutes and twice the input rate for 1 hour; elsewhere 1 hour costs what 5 minutes do.
 */
export function filled(written: WrittenRates, anthropic: boolean): Rates {
  const input = written.input ?? 0;
  const output = written.output ?? 0;
  const cachedInput = written.cachedInput ?? input;
  const cacheWrite = written.cacheWrite ?? (anthropic ? Math.ceil(input * 1.25) : input);
  return Object.freeze({
    input,
    cachedInput,
    cacheWrite,
    cacheWrite1h: written.cacheWrite1h ?? (anthropic ? input * 2 : cacheWrite),
    audioInput: written.audioInput ?? input,
    cachedAudioInput: written.cachedAudioInput ?? written.audioInput ?? cachedInput,
    imageInput: written.imageInput ?? input,
    cachedImageInput: written.cachedImageInput ?? written.imageInput ?? cachedInput,
    videoInput: written.videoInput ?? input,
    output,
    reasoning: written.reasoning ?? output,
    audioOutput: written.audioOutput ?? output,
    imageOutput: written.imageOutput ?? output,
    videoOutput: written.videoOutput ?? output,
    perRequest: written.perRequest ?? 0,
    perWebSearch: written.perWebSearch ?? 0,
  });
}

/** The rates in the order in which `costNanos` counts; a typed array, because objects made one price of a request cost 1 us more. */
export function rateVector(rates: Rates): Float64Array {
  return Float64Array.of(
    rates.input,
    rates.cachedInput,
    rates.cacheWrite,
    rates.cacheWrite1h,
    rates.audioInput,
    rates.cachedAudioInput,
    rates.imageInput,
    rates.cachedImageInput,
    rates.videoInput,
    rates.output,
    rates.reasoning,
    rates.audioOutput,
    rates.imageOutput,
    rates.videoOutput,
    rates.perRequest,
    rates.perWebSearch,
  );
}

/** Reused by every request: filled and summed without a pause between. */
const COUNTS = new Float64Array(16);

/** Nano-dollars. Unknown parts count as nothing; parts that claim more than their whole are cut to it. */
export function costNanos(vector: Float64Array, usage: Usage, extras: Extras): number {
  countInput(usage, extras);
  countOutput(usage, extras);
  COUNTS[14] = 1;
  COUNTS[15] = amount(extras.webSearches);
  return roundedSum(COUNTS, vector);
}

function countInput(usage: Usage, extras: Extras): void {
  const input = amount(usage.inputTokens);
  const write1h = Math.min(amount(usage.cacheWrite1hTokens), input);
  const write5m = Math.min(Math.max(amount(usage.cacheWriteTokens), write1h), input) - write1h;
  const cached = Math.min(amount(usage.cachedInputTokens), input - write1h - write5m);
  const plain = input - write1h - write5m - cached;
  // Which of audio and images was cached the wire does not say in one way for all: plain ones first, cached ones only as they must.
  const audio = Math.min(amount(usage.audioInputTokens), plain);
  const cachedAudio = Math.min(amount(usage.audioInputTokens) - audio, cached);
  const image = Math.min(amount(extras.imageInput), plain - audio);
  const cachedImage = Math.min(amount(extras.imageInput) - image, cached - cachedAudio);
  const video = Math.min(amount(extras.videoInput), plain - audio - image);
  COUNTS[0] = plain - audio - image - video;
  COUNTS[1] = cached - cachedAudio - cachedImage;
  COUNTS[2] = write5m;
  COUNTS[3] = write1h;
  COUNTS[4] = audio;
  COUNTS[5] = cachedAudio;
  COUNTS[6] = image;
  COUNTS[7] = cachedImage;
  COUNTS[8] = video;
}

function countOutput(usage: Usage, extras: Extras): void {
  const output = amount(usage.outputTokens);
  const reasoning = Math.min(amount(usage.reasoningTokens), output);
  const audio = Math.min(amount(usage.audioOutputTokens), output - reasoning);
  const image = Math.min(amount(extras.imageOutput), output - reasoning - audio);
  const video = Math.min(amount(extras.videoOutput), output - reasoning - audio - image);
  COUNTS[9] = output - reasoning - audio - image - video;
  COUNTS[10] = reasoning;
  COUNTS[11] = audio;
  COUNTS[12] = image;
  COUNTS[13] = video;
}

/** The nano-dollars of whole counts times pico-dollars, rounded half up once, at most NANOS_MAX. */
export function roundedSum(counts: ArrayLike<number>, rates: ArrayLike<number>): number {
  let picos = 0;
  for (let index = 0; index < rates.length; index++) picos += (counts[index] ?? 0) * (rates[index] ?? 0);
  // Every product and every sum on the way is below the total, so a total below 2^53 was added without rounding.
  if (picos > Number.MAX_SAFE_INTEGER - PICOS_PER_NANO) return roundedBigSum(counts, rates);
  const rest = picos % PICOS_PER_NANO;
  return (picos - rest) / PICOS_PER_NANO + (rest * 2 >= PICOS_PER_NANO ? 1 : 0);
}

function roundedBigSum(counts: ArrayLike<number>, rates: ArrayLike<number>): number {
  let picos = 0n;
  for (let index = 0; index < rates.length; index++)
    picos += BigInt(counts[index] ?? 0) * BigInt(rates[index] ?? 0);
  const nanos = (picos * 2n + BigInt(PICOS_PER_NANO)) / BigInt(PICOS_PER_NANO * 2);
  return nanos > BigInt(NANOS_MAX) ? NANOS_MAX : Number(nanos);
}

/** A count that may be multiplied: a whole number, 0 to 2^53; nonsense is 0. */
export function amount(value: number | null): number {
  if (value === null || !(value > 0)) return 0;
  return value >= Number.MAX_SAFE_INTEGER ? Number.MAX_SAFE_INTEGER : Math.floor(value);
}
