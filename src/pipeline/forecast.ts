// What a request will use, as far as that is known before it is sent. Hot path: per request that a limit on tokens or a budget looks at.
import type { ApiName } from '../core/api.js';
import type { Forecast } from '../policy/facts.js';
import type { Price } from '../price/price.js';
import type { Exchange } from './exchange.js';
import { HAS_PROMPT, promptOf } from './prompt-counter.js';
import { GENERATES } from './settle-usage.js';

/** Nobody is billed for these; batches and stored answers are billed when they are made, not when they are read. */
const FREE: ReadonlySet<ApiName> = new Set<ApiName>([
  'none',
  'openai.models',
  'openai.files',
  'openai.moderations',
  'anthropic.count_tokens',
  'gemini.count_tokens',
  'bedrock.count_tokens',
]);

/** Ends of paths that make nothing, beside others of the same api that do. */
const MAKES_NOTHING = /\/(?:cancel|input_tokens)\/*$/;

export function isMetered({ api, head, entry }: Exchange): boolean {
  if (!entry.identification.isAi || head.method !== 'POST' || FREE.has(api)) return false;
  return !MAKES_NOTHING.test(head.path);
}

/** Where nobody can tell whether text is made, and how much. */
const OBSCURE: ReadonlySet<ApiName> = new Set<ApiName>(['other', 'openai.assistants', 'vertex.predict']);

/** Caps have something to say of it: it has a prompt, or makes text. */
export function isCapped(exchange: Exchange): boolean {
  const { api } = exchange;
  return isMetered(exchange) && (HAS_PROMPT.has(api) || GENERATES.has(api) || OBSCURE.has(api));
}

/** Output tokens that the body allows for one answer: 0 where the api makes no text, null: any number. */
export function outputBoundOf({ api, facts }: Exchange): number | null {
  if (!GENERATES.has(api) && HAS_PROMPT.has(api)) return 0;
  return facts?.maxOutputTokens ?? null;
}

export function forecastOf(exchange: Exchange): Forecast {
  const { api, facts } = exchange;
  const prompt = promptOf(exchange);
  const generates = GENERATES.has(api);
  const bound = exchange.outputCap ?? facts?.maxOutputTokens ?? null;
  const outputBound = generates
    ? bound === null
      ? null
      : bound * choicesOf(exchange)
    : HAS_PROMPT.has(api)
      ? 0
      : null;
  const mayCache = api.startsWith('anthropic.') || api.startsWith('bedrock.') || api.startsWith('openai.');
  const media = facts === null || (facts.modalities & ~1) !== 0;
  return {
    inputTokens: prompt?.tokens ?? null,
    inputBounded: prompt !== null && prompt.uncounted.length === 0,
    outputBound,
    modelMaximum: null,
    metered: isMetered(exchange),
    worstNanos: (input, output, fallback = null) =>
      worstNanos(exchange, { input, output, mayCache, media }, fallback),
  };
}

interface Amounts {
  readonly input: number;
  readonly output: number;
  readonly mayCache: boolean;
  readonly media: boolean;
}

/** At the dearest of the targets that the request may go to. */
function worstNanos(
  { routing, entry, runtime }: Exchange,
  amounts: Amounts,
  fallback: Price | null,
): number | null {
  const { input, output, mayCache, media } = amounts;
  let dearest: number | null = null;
  for (const { provider, model } of routing?.targets ?? []) {
    const asked = model ?? entry.identification.model;
    const price = (asked === null ? null : runtime.prices.find(provider, asked, entry.timeMs)) ?? fallback;
    if (price === null) return null;
    dearest = Math.max(dearest ?? 0, price.worstOf(input, output, mayCache, media));
  }
  return dearest;
}

/** Where the body asks for several answers at once (OpenAI `n`, Gemini `candidateCount`): the largest number that may be meant. */
const CHOICES =
  /"(?:n|best_of|candidateCount|candidate_count|num_generations)"\s*:\s*(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;
const NAMES = ['"n"', 'best_of', 'andidate', 'num_generations'];
/** A letter, or the line under it, that somebody took pains to hide in a key. */
const HIDDEN = /\\u00([4-7][0-9a-f])/gi;
/** More than any provider allows, so that no number of digits makes the product senseless. */
const CHOICES_MAX = 10_000;

function choicesOf({ plainBody, prompt }: Exchange): number {
  if (plainBody === null || prompt === null) return 1;
  const hidden = plainBody.includes('\\u00');
  if (!hidden && !NAMES.some(name => plainBody.includes(name))) return 1;
  let text = plainBody.toString('latin1');
  if (hidden) text = text.replace(HIDDEN, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  let most = 1;
  for (const [, digits] of text.matchAll(CHOICES)) most = Math.max(most, Number(digits));
  return Math.min(Math.floor(most), CHOICES_MAX);
}
