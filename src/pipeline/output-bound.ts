// Writes a bound on the output into a request, where a cap lowers it: the value that stands there is replaced, one that is missing is put
// in, everything else stays byte for byte. Found by walking the JSON itself, because a key may stand twice, and then parsers take the last.
import type { ApiName } from '../core/api.js';

/** Where each api has its bound: the names that may stand there, at one place of the body; the first is written where none stands. */
interface Place {
  readonly parent: string | null;
  readonly names: readonly string[];
}

const TOP = (...names: readonly string[]): Place => ({ parent: null, names });

const PLACES: Readonly<Partial<Record<ApiName, readonly Place[]>>> = {
  'openai.chat': [TOP('max_completion_tokens', 'max_tokens')],
  'openai.responses': [TOP('max_output_tokens')],
  'openai.completions': [TOP('max_tokens')],
  'anthropic.messages': [TOP('max_tokens')],
  'anthropic.complete': [TOP('max_tokens_to_sample')],
  'gemini.generate': [
    { parent: 'generationConfig', names: ['maxOutputTokens', 'max_output_tokens'] },
    { parent: 'generation_config', names: ['maxOutputTokens', 'max_output_tokens'] },
  ],
  'bedrock.converse': [{ parent: 'inferenceConfig', names: ['maxTokens'] }],
  'cohere.chat': [TOP('max_tokens')],
  'cohere.generate': [TOP('max_tokens')],
  'ollama.chat': [{ parent: 'options', names: ['num_predict'] }],
  'ollama.generate': [{ parent: 'options', names: ['num_predict'] }],
};

/** The body with `tokens` as its bound; null where this api has no place for one that is known. `plain`: providers beside OpenAI know `max_tokens` only. */
export function withOutputBound(body: Buffer, api: ApiName, tokens: number, plain: boolean): Buffer | null {
  const places = PLACES[api];
  const first = places?.[0];
  if (places === undefined || first === undefined) return null;
  const edits: Edit[] = [];
  for (const place of places) replaceIn(body, place, tokens, edits);
  if (edits.length === 0)
    edits.push(insertion(body, first, plain && api === 'openai.chat' ? 'max_tokens' : null, tokens));
  edits.sort((a, b) => b.from - a.from);
  let changed = body;
  for (const { from, to, text } of edits) {
    changed = Buffer.concat([changed.subarray(0, from), Buffer.from(text), changed.subarray(to)]);
  }
  return changed;
}

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** Bounds that are higher, or no number, give way; lower ones stay. */
function replaceIn(body: Buffer, { parent, names }: Place, tokens: number, edits: Edit[]): void {
  const objects =
    parent === null
      ? [objectAt(body, 0)]
      : valuesOf(body, objectAt(body, 0), [parent]).map(({ from }) => objectAt(body, from));
  for (const object of objects) {
    if (object < 0) continue;
    for (const { from, to } of valuesOf(body, object, names)) {
      const written = Number(body.toString('latin1', from, to));
      const text = written > 0 && written <= tokens ? body.toString('latin1', from, to) : String(tokens);
      edits.push({ from, to, text });
    }
  }
}

function insertion(body: Buffer, { parent, names }: Place, own: string | null, tokens: number): Edit {
  const name = own ?? names[0] ?? '';
  const top = objectAt(body, 0);
  const inner =
    parent === null
      ? top
      : (valuesOf(body, top, [parent])
          .map(({ from }) => objectAt(body, from))
          .find(at => at >= 0) ?? -1);
  const at = (inner < 0 ? top : inner) + 1;
  const comma = body[blanksEnd(body, at)] === 0x7d ? '' : ',';
  const pair = `"${name}":${tokens}`;
  return { from: at, to: at, text: (inner < 0 ? `"${parent}":{${pair}}` : pair) + comma };
}

/** Place of the object's brace at or behind `from`, -1 where there is none. */
function objectAt(body: Buffer, from: number): number {
  const at = blanksEnd(body, from);
  return body[at] === 0x7b ? at : -1;
}

/** Where the values of these members of the object at `at` stand. */
function valuesOf(
  body: Buffer,
  at: number,
  names: readonly string[],
): { readonly from: number; readonly to: number }[] {
  const found: { readonly from: number; readonly to: number }[] = [];
  if (at < 0) return found;
  let place = blanksEnd(body, at + 1);
  while (place < body.length && body[place] === 0x22) {
    const keyEnd = stringEnd(body, place);
    const name = keyOf(body, place, keyEnd);
    const from = blanksEnd(body, blanksEnd(body, keyEnd) + 1);
    const to = valueEnd(body, from);
    if (names.includes(name)) found.push({ from, to });
    place = blanksEnd(body, to);
    if (body[place] !== 0x2c) break;
    place = blanksEnd(body, place + 1);
  }
  return found;
}

function keyOf(body: Buffer, from: number, to: number): string {
  const raw = body.toString('utf8', from, to);
  if (!raw.includes('\\')) return raw.slice(1, -1);
  try {
    return String(JSON.parse(raw));
  } catch {
    return raw;
  }
}

function blanksEnd(body: Buffer, from: number): number {
  let at = from;
  while (
    at < body.length &&
    (body[at] === 0x20 || body[at] === 0x0a || body[at] === 0x0d || body[at] === 0x09)
  )
    at++;
  return at;
}

/** Behind the closing quote. */
function stringEnd(body: Buffer, from: number): number {
  let at = from + 1;
  while (at < body.length && body[at] !== 0x22) at += body[at] === 0x5c ? 2 : 1;
  return at + 1;
}

/** Behind the value: brackets are counted, not nested calls, so that no depth can exhaust the stack. */
function valueEnd(body: Buffer, from: number): number {
  let depth = 0;
  let at = from;
  while (at < body.length) {
    const byte = body[at];
    if (byte === 0x22) at = stringEnd(body, at);
    else {
      if (byte === 0x7b || byte === 0x5b) depth++;
      else if (byte === 0x7d || byte === 0x5d) {
        if (depth === 0) return at;
        depth--;
        if (depth === 0) return at + 1;
      } else if (byte === 0x2c && depth === 0) return at;
      at++;
      continue;
    }
    if (depth === 0) return at;
  }
  return at;
}
