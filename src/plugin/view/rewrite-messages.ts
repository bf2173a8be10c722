// Puts a plugin's texts into the body: these bytes change, every other one stays as it was. Hot path: per request with an edit.
import assert from 'node:assert';
import type { ConversationView } from './conversation-view.js';

/**
 * `body` is the one that `view` shows; `edits` are texts by index, each of which the view accepts. Escapes what JSON requires (quote,
 * backslash, control characters) and lone surrogates, nothing else.
 */
export function rewriteMessages(
  body: Buffer,
  view: ConversationView,
  edits: ReadonlyMap<number, string>,
): Buffer {
  if (edits.size === 0) return body;
  assert(body.length === view.body.length, 'the body is not the one shown');
  const order = [...edits.keys()].sort((a, b) => view.start(a) - view.start(b));
  const pieces: Buffer[] = [];
  let kept = 0;
  for (const i of order) {
    const text = edits.get(i) ?? '';
    assert(view.accepts(i, text), `text ${i} cannot be changed to this`);
    pieces.push(body.subarray(kept, view.start(i)));
    pieces.push(Buffer.from(view.isString(i) ? JSON.stringify(text).slice(1, -1) : text, 'utf8'));
    kept = view.end(i);
  }
  pieces.push(body.subarray(kept));
  return Buffer.concat(pieces);
}
