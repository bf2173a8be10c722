// Tokens of an image whose size is known, by the formula that its model's provider documents. Where no formula is
// known for the model, the image stays uncounted and the count says so.
//
// OpenAI ("Images and vision", calculating costs):
//   tiles: fit into 2,048 × 2,048, then shortest side to 768; base + tile for each 512 × 512; low detail = base
//   patches of 32 × 32, at most 1,536 after scaling, times the model's multiplier
// Anthropic ("Vision"): width × height / 750 after scaling to a long edge of 1,568 px and about 1,600 tokens
//   (2,576 px from Opus 4.7 on)
// Google ("Image understanding"): 258 where both sides are ≤ 384 px, else 258 a tile; tiles of min(sides) / 1.5,
//   256 to 768 px. Gemini 3 counts by `media_resolution`, which is not the image's: uncounted.
import type { ImageSize } from './image-size.js';
import { modelName } from './model-name.js';

interface Tiles {
  readonly base: number;
  readonly tile: number;
}

/** First match of the normalised model name. OpenAI's table of base and tile tokens. */
const OPENAI_TILES: readonly (readonly [RegExp, Tiles])[] = [
  [/^gpt-4o-mini/, { base: 2833, tile: 5667 }],
  [/^(?:gpt-4o|gpt-4\.1$|gpt-4\.5|gpt-4-(?:turbo|vision|1106-vision)|chatgpt-4o)/, { base: 85, tile: 170 }],
  [/^(?:o1|o1-pro|o3|o3-pro)$/, { base: 75, tile: 150 }],
  [/^(?:gpt-5|gpt-5-chat)$/, { base: 70, tile: 140 }],
  [/^computer-use/, { base: 65, tile: 129 }],
];

/**
 * Multipliers of 32-px patches. For gpt-5-mini and gpt-5-nano the guide says 1.62 and 2.46, OpenAI's own pricing calculator
 * and what callers are billed say 1.2 and 1.5 (community.openai.com/t/1344040): the latter.
 */
const OPENAI_PATCHES: readonly (readonly [RegExp, number])[] = [
  [/^gpt-4\.1-mini/, 1.62],
  [/^gpt-4\.1-nano/, 2.46],
  [/^o4-mini/, 1.72],
  [/^gpt-5-mini/, 1.2],
  [/^gpt-5-nano/, 1.5],
];

const CLAUDE_LARGE = /^claude-(?:opus-4-[7-9]|(?:opus|sonnet|haiku|fable)-[5-9])/;

/** @returns tokens, or null where no formula is documented for the model. */
export function imageTokens(model: string | null, size: ImageSize, low: boolean): number | null {
  const { name, family } = modelName(model);
  switch (family) {
    case 'openai':
      return openaiTokens(name, size, low);
    case 'claude':
      return claudeTokens(size, CLAUDE_LARGE.test(name));
    case 'gemini':
      return /^gemini-[12]/.test(name) ? geminiTokens(size) : null;
    default:
      return null;
  }
}

/** Low detail needs no size: the fixed price of an image, also of one behind a URL. Null where the model has none. */
export function lowDetailTokens(model: string | null): number | null {
  const { name } = modelName(model);
  return OPENAI_TILES.find(([beginning]) => beginning.test(name))?.[1].base ?? null;
}

function openaiTokens(name: string, size: ImageSize, low: boolean): number | null {
  const tiles = OPENAI_TILES.find(([beginning]) => beginning.test(name))?.[1];
  if (tiles !== undefined) return low ? tiles.base : tiles.base + tiles.tile * tilesOf(size);
  const multiplier = OPENAI_PATCHES.find(([beginning]) => beginning.test(name))?.[1];
  return multiplier === undefined ? null : Math.ceil(patchesOf(size) * multiplier);
}

function tilesOf({ width, height }: ImageSize): number {
  const fit = Math.min(1, 2048 / Math.max(width, height));
  const shorter = Math.min(1, 768 / (Math.min(width, height) * fit));
  const scale = fit * shorter;
  return Math.ceil(Math.round(width * scale) / 512) * Math.ceil(Math.round(height * scale) / 512);
}

const PATCH = 32;
const PATCHES_MAX = 1536;

/** Scaled down so that whole patches of the scaled image stay within the limit, as the guide works it out. */
function patchesOf({ width, height }: ImageSize): number {
  const whole = Math.ceil(width / PATCH) * Math.ceil(height / PATCH);
  if (whole <= PATCHES_MAX) return whole;
  const shrink = Math.sqrt((PATCH * PATCH * PATCHES_MAX) / (width * height));
  const across = (width * shrink) / PATCH;
  const down = (height * shrink) / PATCH;
  const fit = shrink * Math.min(Math.floor(across) / across, Math.floor(down) / down);
  return Math.min(PATCHES_MAX, Math.ceil((width * fit) / PATCH) * Math.ceil((height * fit) / PATCH));
}

function claudeTokens({ width, height }: ImageSize, large: boolean): number {
  const fit = Math.min(1, (large ? 2576 : 1568) / Math.max(width, height));
  const tokens = Math.ceil((width * fit * height * fit) / 750);
  return large ? tokens : Math.min(1600, tokens);
}

function geminiTokens({ width, height }: ImageSize): number {
  if (width <= 384 && height <= 384) return 258;
  const unit = Math.min(768, Math.max(256, Math.floor(Math.min(width, height) / 1.5)));
  return 258 * Math.ceil(width / unit) * Math.ceil(height / unit);
}
