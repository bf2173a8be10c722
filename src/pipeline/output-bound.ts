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
  'gemini.interactions': [{ parent: 'generation_config', names: ['max_output_tokens', 'maxOutputTokens'] }],
  'bedrock.converse': [{ parent: 'inferenceConfig', names: ['maxTokens'] }],
  'bedrock.invoke': [
    TOP('max_tokens', 'max_gen_len', 'max_tokens_to_sample', 'maxTokens'),
    { parent: 'textGenerationConfig', names: ['maxTokenCount'] },
    { parent: 'inferenceConfig', names: ['maxTokens', 'max_new_tokens'] },
  ],
  'cohere.chat': [TOP('max_tokens')],
  'cohere.generate': [TOP('max_tokens')],
  'ollama.chat': [{ parent: 'options', names: ['num_predict'] }],
  'ollama.generate': [{ parent: 'options', names: ['num_predict'] }],
};

/** Each of its models has its own body: a bound that stands there is found, none can be put in. */
const UNTOLD: ReadonlySet<ApiName> = new Set<ApiName>(['bedrock.invoke']);

/**
 * The body with `tokens` as its bound; null where this api has no place for one that is known. `plain`: the provider beside OpenAI knows
 * `max_tokens` only.
 */
export function withOutputBound(body: Buffer, api: ApiName, tokens: number, plain: boolean): Buffer | null {
  const places = PLACES[api];
  const first = places?.[0];
  if (places === undefined || first === undefined) return null;
  const edits: Edit[] = [];
  for (const place of places) boundIn(body, place, tokens, edits);
  if (edits.length === 0) {
    if (UNTOLD.has(api)) return null;
    const name = plain && api === 'openai.chat' ? 'max_tokens' : (first.names[0] ?? '');
    const pair = `"${name}":${tokens}`;
    edits.push(
      insertion(body, objectAt(body, 0), first.parent === null ? pair : `"${first.parent}":{${pair}}`),
    );
  }
  edits.sort((one, other) => one.from - other.from);
  const pieces: Buffer[] = [];
  let done = 0;
  for (const { from, to, text } of edits) {
    pieces.push(body.subarray(done, from), Buffer.from(text));
    done = to;
  }
  return Buffer.concat([...pieces, body.subarray(done)]);
}

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** Sees to it that each object that may hold the bound holds it: which of two with the same name counts is the provider's affair. */
function boundIn(body: Buffer, { parent, names }: Place, tokens: number, edits: Edit[]): void {
  const top = objectAt(body, 0);
  if (parent === null) {
    lowerAll(body, valuesOf(body, top, names), tokens, edits);
    return;
  }
  const pair = `"${names[0]}":${tokens}`;
  for (const { from, to } of valuesOf(body, top, [parent])) {
    const object = objectAt(body, from);
    const values = valuesOf(body, object, names);
    // `null` and the like stand for an object without anything in it.
    if (object < 0) edits.push({ from, to, text: `{${pair}}` });
    else if (values.length === 0) edits.push(insertion(body, object, pair));
    else lowerAll(body, values, tokens, edits);
  }
}

/** Bounds that are higher, or no number, give way; lower ones stay. */
function lowerAll(body: Buffer, values: readonly Span[], tokens: number, edits: Edit[]): void {
  for (const { from, to } of values) {
    const written = body.toString('latin1', from, to);
    const stays = Number(written) > 0 && Number(written) <= tokens;
    edits.push({ from, to, text: stays ? written : String(tokens) });
  }
}

/** Where a value stands. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** Puts a member in front of all others. */
function insertion(body: Buffer, object: number, member: string): Edit {
  const at = object + 1;
  const comma = body[blanksEnd(body, at)] === 0x7d ? '' : ',';
  return { from: at, to: at, text: member + comma };
}

/** Place of the object's brace at or behind `from`, -1 where there is none. */
function objectAt(body: Buffer, from: number): number {
  const at = blanksEnd(body, from);
  return body[at] === 0x7b ? at : -1;
}

/** Where the values of these members of the object at `at` stand. */
function valuesOf(body: Buffer, at: number, names: readonly string[]): Span[] {
  const found: Span[] = [];
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
      } else if (depth === 0 && (byte === 0x2c || blanksEnd(body, at) > at)) return at;
      at++;
      continue;
    }
    if (depth === 0) return at;
  }
  return at;
}
