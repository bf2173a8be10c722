// What prices need of a usage object beyond the normalised numbers: image and video tokens and web searches where the model
// prices them apart, Cohere's billed units. Read from the object as it stood on the wire, and only where a word in it says so.
import type { Usage } from '../core/usage.js';
import type { RawReader } from './price.js';
import { type Extras, NO_EXTRAS, type WrittenRates } from './rates.js';
import { type Fields, fieldsAt, fieldsOf, fieldsOfBytes, numberAt, saysAny, wholeAfter } from './raw-json.js';

/** The reader that these rates need; null where a usage's numbers say all. */
export function readerFor(rates: readonly WrittenRates[]): RawReader | null {
  if (rates.some(pricesMedia)) return mediaAndSearches;
  return rates.some(each => each.perWebSearch !== undefined) ? searches : null;
}

function pricesMedia(rates: WrittenRates): boolean {
  const { imageInput, imageOutput, videoInput, videoOutput } = rates;
  return [imageInput, imageOutput, videoInput, videoOutput].some(rate => rate !== undefined);
}

const SEARCHES = 'web_search_requests';
const SEARCHES_KEY = new TextEncoder().encode(`"${SEARCHES}":`);

/**
 * Anthropic's and OpenRouter's web searches alone: read from the bytes, because nearly every answer of a model that may search says
 * how often it did, mostly 0, and parsing the object for that costs more than the rest of the price.
 */
const searches: RawReader = usage => {
  let most = 0;
  for (const bytes of usage.raw) most = Math.max(most, wholeAfter(bytes, SEARCHES_KEY));
  return { usage, extras: most === 0 ? NO_EXTRAS : { ...NO_EXTRAS, webSearches: most } };
};

/** Image and video tokens (OpenAI's details, Gemini's modalities), Anthropic's and OpenRouter's web searches. */
const mediaAndSearches: RawReader = usage => {
  let extras: Extras = NO_EXTRAS;
  for (const bytes of usage.raw) {
    if (saysAny(bytes, ['image_tokens', '"IMAGE"', '"VIDEO"', SEARCHES]))
      extras = larger(extras, extrasOf(fieldsOfBytes(bytes)));
  }
  return { usage, extras };
};

function extrasOf(raw: Fields): Extras {
  return {
    imageInput: Math.max(
      detail(raw, INPUT_DETAILS, 'image_tokens'),
      modality(raw, 'promptTokensDetails', 'IMAGE'),
    ),
    imageOutput: Math.max(
      detail(raw, OUTPUT_DETAILS, 'image_tokens'),
      modality(raw, 'candidatesTokensDetails', 'IMAGE'),
    ),
    videoInput: modality(raw, 'promptTokensDetails', 'VIDEO'),
    videoOutput: modality(raw, 'candidatesTokensDetails', 'VIDEO'),
    webSearches: Math.max(
      numberAt(fieldsAt(raw, 'server_tool_use'), SEARCHES) ?? 0,
      numberAt(fieldsAt(raw, 'server_tool_use_details'), SEARCHES) ?? 0,
    ),
  };
}

const INPUT_DETAILS = ['prompt_tokens_details', 'input_tokens_details', 'input_token_details'];
const OUTPUT_DETAILS = ['completion_tokens_details', 'output_tokens_details', 'output_token_details'];

function detail(raw: Fields, places: readonly string[], name: string): number {
  return Math.max(0, ...places.map(place => numberAt(fieldsAt(raw, place), name) ?? 0));
}

function modality(raw: Fields, place: string, name: string): number {
  const list = raw.get(place);
  if (!Array.isArray(list)) return 0;
  let tokens = 0;
  for (const each of list) {
    const fields = fieldsOf(each);
    if (fields.get('modality') === name) tokens += numberAt(fields, 'tokenCount') ?? 0;
  }
  return tokens;
}

/** The usage is said in several places of a stream (Anthropic's start and end); the later is the whole. */
function larger(a: Extras, b: Extras): Extras {
  return {
    imageInput: Math.max(a.imageInput, b.imageInput),
    imageOutput: Math.max(a.imageOutput, b.imageOutput),
    videoInput: Math.max(a.videoInput, b.videoInput),
    videoOutput: Math.max(a.videoOutput, b.videoOutput),
    webSearches: Math.max(a.webSearches, b.webSearches),
  };
}

/** Cohere charges `billed_units`, which leave out what it put into the prompt itself: 91 tokens billed of 1508 read. */
export const billedUnits: RawReader = usage => {
  for (const bytes of usage.raw) {
    if (!saysAny(bytes, ['billed_units'])) continue;
    const raw = fieldsOfBytes(bytes);
    const billed = [raw, fieldsAt(raw, 'usage'), fieldsAt(raw, 'meta')]
      .map(each => fieldsAt(each, 'billed_units'))
      .find(each => each.size > 0);
    const inputTokens = numberAt(billed ?? fieldsOf(null), 'input_tokens');
    const outputTokens = numberAt(billed ?? fieldsOf(null), 'output_tokens');
    if (inputTokens === null && outputTokens === null) continue;
    return { usage: billedUsage(usage, inputTokens, outputTokens), extras: NO_EXTRAS };
  }
  return { usage, extras: NO_EXTRAS };
};

function billedUsage(usage: Usage, inputTokens: number | null, outputTokens: number | null): Usage {
  return { ...usage, inputTokens, outputTokens, cachedInputTokens: null, reasoningTokens: null };
}
