// Changes to a request on its way to a target: another model in the body or path, Weir's key out of the query.
// Everything else stays byte for byte.
import type { ApiName } from '../core/api.js';
import type { BodyFacts } from '../core/body-facts.js';

/** Puts `model` where the body's model stands. `shift`: bytes that an earlier edit inserted in front of it. */
export function replaceBodyModel(body: Buffer, facts: BodyFacts, shift: number, model: string): Buffer {
  const value = Buffer.from(JSON.stringify(model));
  return Buffer.concat([
    body.subarray(0, facts.modelAt + shift),
    value,
    body.subarray(facts.modelEnd + shift),
  ]);
}

/** Where the path carries the model (Gemini, Vertex, Bedrock, Azure deployments), the path with `model` in its place; else the path. */
export function replacePathModel(path: string, api: ApiName, model: string): string {
  const segment = encodeURIComponent(model);
  if (api.startsWith('bedrock.'))
    return path.replace(/(\/model\/)[^/]+/, (_, lead: string) => lead + segment);
  if (path.includes('/deployments/'))
    return path.replace(/(\/deployments\/)[^/]+/, (_, lead: string) => lead + segment);
  return path.replace(/(\/(?:models|tunedModels)\/)[^/:]+(?=:)/, (_, lead: string) => lead + segment);
}

/** Whether a path of this api carries the model. */
export function modelInPath(path: string, api: ApiName): boolean {
  return (
    api.startsWith('bedrock.') ||
    path.includes('/deployments/') ||
    /\/(?:models|tunedModels)\/[^/:]+:/.test(path)
  );
}

/** Parameters that carry a credential, in lower case; `x-amz-*` are parts of an AWS signature. */
const CREDENTIALS: ReadonlySet<string> = new Set(['key', 'api_key', 'api-key', 'access_token']);

/** The query without credentials: all of them, or only those that hold a Weir key. Null where nothing is left. */
export function withoutKeys(query: string | null, all: boolean): string | null {
  if (query === null || !mayHoldKey(query)) return query;
  const kept = query.split('&').filter(pair => {
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals)).toLowerCase();
    const value = equals < 0 ? '' : decode(pair.slice(equals + 1));
    if (value.startsWith('weir_') || name.startsWith('weir_')) return false;
    return !(all && (CREDENTIALS.has(name) || name.startsWith('x-amz-')));
  });
  return kept.length === 0 ? null : kept.join('&');
}

/** Cheap test before the split: a name or an escape that may spell one. */
const MAY_HOLD_KEY = /key|token|weir_|x-amz-|%/i;

const mayHoldKey = (query: string): boolean => MAY_HOLD_KEY.test(query);

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    // Not UTF-8: it cannot spell a key.
    return text;
  }
}
