// Another model in a request's body or path; everything else stays byte for byte.
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
  const place = modelPlace(path, api);
  if (place === null) return path;
  return path.slice(0, place.from) + encodeURIComponent(model) + path.slice(place.to);
}

/** Whether a path of this api carries the model. */
export function modelInPath(path: string, api: ApiName): boolean {
  return modelPlace(path, api) !== null;
}

interface Segment {
  /** Decoded once, as identification reads it: an escape hides no model from whoever replaces it. */
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

function segmentsOf(path: string): Segment[] {
  const segments: Segment[] = [];
  for (const { 0: raw, index } of path.matchAll(/[^/]+/g))
    segments.push({ text: raw.includes('%') ? decode(raw) : raw, from: index, to: index + raw.length });
  return segments;
}

/** By the rules of provider/paths.ts. An id in Bedrock's path may be an ARN whose slashes are not escaped. */
function modelPlace(path: string, api: ApiName): Pick<Segment, 'from' | 'to'> | null {
  const segments = segmentsOf(path);
  const last = segments.length - 1;
  if (api.startsWith('bedrock.')) {
    const first = segments.findIndex(({ text }) => text === 'model') + 1;
    const [from, to] = [segments[first]?.from, segments[last - 1]?.to];
    if (first > 0 && first < last && from !== undefined && to !== undefined) return { from, to };
  }
  const named = segments[last];
  if (named !== undefined && /^(?:models|tunedModels)$/.test(segments[last - 1]?.text ?? '')) {
    const text = path.slice(named.from, named.to).toLowerCase();
    const colon = Math.max(text.lastIndexOf(':'), text.lastIndexOf('%3a'));
    if (colon > 0) return { from: named.from, to: named.from + colon };
  }
  const owner = segments.findIndex(({ text }) => text === 'deployments' || text === 'engines');
  return (owner < 0 ? null : segments[owner + 1]) ?? null;
}

/** What is not UTF-8 names nothing: it stands as it is. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
