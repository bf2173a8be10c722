// A request's tags as one text: sorted `name=value` lines, `\`, a line's end and a name's `=` written `\\`, `\n`, `\=`. Hot path: per request.
import type { Principal } from '../../core/entry.js';

type Tags = Principal['tags'];

/** Tags of a consumer are one object for all of its requests. */
const known = new WeakMap<Tags, string>();

/** Null: there are none. The object must not change afterwards. */
export function tagsText(tags: Tags): string | null {
  let text = known.get(tags);
  if (text === undefined) {
    text = Object.keys(tags)
      .map(name => `${escaped(name).replaceAll('=', '\\=')}=${escaped(tags[name] ?? '')}`)
      .sort()
      .join('\n');
    known.set(tags, text);
  }
  return text === '' ? null : text;
}

function escaped(text: string): string {
  return text.includes('\\') || text.includes('\n')
    ? text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
    : text;
}

/** The tags that such a text says. */
export function parseTags(text: string | null): Record<string, string> {
  const pairs: [string, string][] = [];
  if (text !== null) for (const line of text.split('\n')) pairs.push(pairOf(line));
  return Object.fromEntries(pairs);
}

function pairOf(line: string): [string, string] {
  const [name = ''] = /^(?:[^=\\]|\\.)*/.exec(line) ?? [];
  return [unescaped(name), unescaped(line.slice(name.length + 1))];
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char));
}
