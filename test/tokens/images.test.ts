// The size of an image from its header, and its price by the documented formulas.
import { describe, expect, it } from 'vitest';
import { imageSize } from '../../src/tokens/image-size.js';
import { imageTokens, lowDetailTokens } from '../../src/tokens/image-tokens.js';

const bytes = (...parts: (string | number[] | Buffer)[]): Buffer =>
  Buffer.concat(
    parts.map(part => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))),
  );

const be16 = (value: number): number[] => [value >> 8, value & 255];
const le24 = (value: number): number[] => [value & 255, (value >> 8) & 255, value >> 16];

const png = bytes([0x89], 'PNG\r\n\x1a\n', [0, 0, 0, 13], 'IHDR', [0, 0, 4, 0, 0, 0, 3, 0, 8, 6, 0, 0, 0]);
const gif = bytes('GIF89a', [0x40, 1, 0xf0, 0], [0, 0, 0]);
const riff = (chunk: string, content: number[]): Buffer =>
  bytes('RIFF', [0, 0, 0, 0], 'WEBP', chunk, [0, 0, 0, 0], content);
const lossy = riff('VP8 ', [0, 0, 0, 0x9d, 1, 0x2a, 0x90, 1, 0x2c, 1]);
const lossless = riff('VP8L', [0x2f, ...packed(400, 300), 0, 0, 0, 0, 0]);
const extended = riff('VP8X', [0, 0, 0, 0, ...le24(399), ...le24(299)]);
const segment = (marker: number, length: number): Buffer =>
  bytes([0xff, marker], be16(length + 2), Buffer.alloc(length, 1));
const frame = (marker: number): Buffer => bytes([0xff, marker], be16(17), [8], be16(480), be16(640), [3]);
const jpeg = (metadata: number): Buffer =>
  bytes([0xff, 0xd8], segment(0xe0, 14), segment(0xe1, metadata), segment(0xc4, 20), [0xff], frame(0xc2));

function packed(width: number, height: number): number[] {
  const bits = (width - 1) | ((height - 1) << 14);
  return [bits & 255, (bits >> 8) & 255, (bits >> 16) & 255, bits >>> 24];
}

function sizeOf(text: string): string | null {
  const body = Buffer.from(`{"x":"${text}"}`);
  const size = imageSize(body, 6, body.length - 2);
  return size === null ? null : `${size.width}x${size.height}`;
}

describe('the size of an image', () => {
  const images = {
    png,
    gif,
    lossy,
    lossless,
    extended,
    jpeg: jpeg(100),
    'jpeg after 60 KB of metadata': jpeg(60_000),
  };
  const sizes = ['1024x768', '320x240', '400x300', '400x300', '400x300', '640x480', '640x480'];

  it.each(Object.entries(images).map(([name, image], i) => [name, image, sizes[i]] as const))(
    'stands in the header: %s',
    (_, image, size) => {
      const text = image.toString('base64');
      expect(sizeOf(text), 'base64').toBe(size);
      expect(sizeOf(`data:image/any;base64,${text}`), 'data URL').toBe(size);
      expect(sizeOf(text.replaceAll('/', '\\/')), 'as PHP escapes it').toBe(size);
    },
  );

  it('is unknown for a remote URL, another format, text and nothing', () => {
    for (const text of [
      'https://example.com/a.png',
      'gs://bucket/a.png',
      'data:image/png,notbase64',
      'data:image/svg+xml;base64,PHN2Zy8+',
      'hello',
      '',
    ])
      expect(sizeOf(text), text).toBeNull();
  });

  it('is unknown wherever the header is cut, and never an exception', () => {
    for (const image of Object.values(images).slice(0, 6))
      for (let cut = 0; cut < Math.min(image.length, 180); cut++) {
        const size = sizeOf(image.subarray(0, cut).toString('base64'));
        expect(size === null || sizes.includes(size)).toBe(true);
      }
  });

  it('is unknown where it is zero', () => {
    const empty = Buffer.from(png);
    empty.fill(0, 16, 24);
    expect(sizeOf(empty.toString('base64'))).toBeNull();
  });
});

describe('the tokens of an image', () => {
  // The examples of OpenAI's guide ("Images and vision") and Google's ("Image understanding": 960 × 540 is 3 × 2 tiles).
  it.each([
    ['gpt-4o', 1024, 1024, 765],
    ['gpt-4o', 2048, 4096, 1105],
    ['gpt-4o-mini', 1024, 1024, 2833 + 4 * 5667],
    ['o1', 1024, 1024, 75 + 4 * 150],
    ['gpt-5', 512, 512, 210],
    ['gpt-4.1-mini', 1024, 1024, 1659],
    ['o4-mini', 1800, 2400, Math.ceil(1452 * 1.72)],
    ['gpt-5-mini', 256, 256, 77],
    ['claude-sonnet-4-5', 1000, 1000, 1334],
    ['us.anthropic.claude-3-haiku-20240307-v1:0', 200, 200, 54],
    ['claude-sonnet-4-5', 6000, 4000, 1600],
    ['claude-opus-4-7', 2000, 2000, 5334],
    ['gemini-2.5-flash', 384, 384, 258],
    ['gemini-2.0-flash', 960, 540, 6 * 258],
  ])('%s: %i × %i is %i', (model, width, height, tokens) => {
    expect(imageTokens(model, { width, height }, false)).toBe(tokens);
  });

  it('of low detail are a fixed price, whatever the size', () => {
    expect(imageTokens('gpt-4o', { width: 4096, height: 8192 }, true)).toBe(85);
    expect(lowDetailTokens('gpt-4o-2024-08-06')).toBe(85);
    expect(lowDetailTokens('claude-sonnet-4-5')).toBeNull();
  });

  it('are unknown where no formula is documented', () => {
    for (const model of ['gemini-3-pro-preview', 'gpt-5.2', 'llama-4-scout', 'my-own', null])
      expect(imageTokens(model, { width: 512, height: 512 }, false)).toBeNull();
  });

  it('stay within the limit of patches for every shape', () => {
    for (let width = 1; width < 20_000; width += 577)
      for (let height = 1; height < 20_000; height += 811)
        expect(imageTokens('gpt-4.1-nano', { width, height }, false)).toBeLessThanOrEqual(
          Math.ceil(1536 * 2.46),
        );
  });
});
