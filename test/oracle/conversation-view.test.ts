// The conversation view over every recorded request: it shows what its twin finds, and a rewritten body differs in that text alone.
import { describe, expect, test } from 'vitest';
import type { ApiName } from '../../src/core/api.js';
import { ConversationKernel } from '../../src/kernel/conversation.js';
import { ConversationView } from '../../src/plugin/view/conversation-view.js';
import { queryJson } from '../../src/plugin/view/query-json.js';
import { rewriteMessages } from '../../src/plugin/view/rewrite-messages.js';
import type { Json } from '../kernel/conversation-twin.js';
import { placesIn, withValue } from '../plugin/view/json-places.js';
import { twinTexts } from './conversation-view-texts.js';
import { corpusPresent, recordings, requestBody } from './recordings.js';

const kernel = ConversationKernel.load();
const open = (api: ApiName, body: Buffer): ConversationView =>
  ConversationView.open(kernel, api, body, false, body.length);
const bodies = recordings().flatMap(({ id, weir_api, request_body_file, ...recording }) => {
  const body = requestBody({ id, weir_api, request_body_file, ...recording });
  return body === null || weir_api === null ? [] : [{ id, api: weir_api as ApiName, body }];
});
const seen = bodies
  .map(recording => ({ ...recording, view: open(recording.api, recording.body) }))
  .filter(({ view }) => view.count > 0);
const indices = (view: ConversationView): number[] => Array.from({ length: view.count }, (_, i) => i);
const textOf = (view: ConversationView, i: number): string => Buffer.from(view.text(i)).toString();
const jsonOf = (view: ConversationView, i: number): Json =>
  view.isString(i) ? textOf(view, i) : (JSON.parse(textOf(view, i)) as Json);
const parsed = (body: Buffer): Json => JSON.parse(body.toString()) as Json;

/** What an edit of part `i` writes: text with all that needs an escape, or JSON of the part's kind. */
const NASTY = 'é "quoted" \\ back\n\t\u0000\u001f\u007f \u2028 😀 \ud83d {"a":[1]}';
const edit = (view: ConversationView, i: number): string => {
  if (view.isString(i)) return NASTY;
  return textOf(view, i).startsWith('{') ? '{ "edited": ["\\u00e9", 1.50, null] }' : '[ "edited" ]';
};

describe.skipIf(!corpusPresent)('the view of recorded requests (needs ../shared/corpus)', () => {
  test('shows, role by role, the texts that the references name, and no others', () => {
    let texts = 0;
    for (const { id, api, body, view } of seen) {
      const shown = indices(view).map(i => ({ role: view.role(i), value: jsonOf(view, i) }));
      expect(shown, id).toEqual(twinTexts(api, parsed(body)));
      texts += shown.length;
    }
    expect(seen.length).toBeGreaterThan(950);
    expect(texts).toBeGreaterThan(2_000);
  });

  test('leaves unseen only what it cannot follow', () => {
    const unseen = bodies.filter(({ api, body }) => open(api, body).count < 0).map(({ api }) => api);
    // Beside the operations whose texts are not followed: two base64 bodies, and a message that is a string.
    const unfollowed = ['gemini.interactions', 'openai.assistants', 'openai.audio', 'openai.images'];
    expect(unseen.filter(api => !unfollowed.includes(api)).sort()).toEqual([
      'anthropic.messages',
      'bedrock.count_tokens',
      'bedrock.count_tokens',
    ]);
  });

  test('puts a text exactly where it stood', () => {
    for (const { id, api, body, view } of seen) {
      const places = placesIn(body);
      for (const i of indices(view)) {
        const text = edit(view, i);
        if (!view.accepts(i, text)) continue;
        const place = places.find(({ start, end }) => start === view.start(i) && end === view.end(i));
        if (place === undefined) throw new Error(`${id}: no value at ${view.start(i)}`);
        const put: Json = view.isString(i) ? text : (JSON.parse(text) as Json);
        const rewritten = rewriteMessages(body, view, new Map([[i, text]]));
        expect(parsed(rewritten), id).toEqual(withValue(parsed(body), place.path, put));
        const again = open(api, rewritten);
        expect([again.count, again.role(i)], id).toEqual([view.count, view.role(i)]);
        expect(jsonOf(again, i), id).toEqual(typeof put === 'string' ? Buffer.from(put).toString() : put);
        expect(body.subarray(0, view.start(i)).equals(rewritten.subarray(0, view.start(i)))).toBe(true);
        const rest = body.subarray(view.end(i));
        expect(rest.equals(rewritten.subarray(rewritten.length - rest.length))).toBe(true);
      }
    }
  });

  test('puts all texts at once, and gives an equal body when each is put back as it was', () => {
    for (const { id, api, body, view } of seen) {
      const all = indices(view).filter(i => view.accepts(i, textOf(view, i)));
      const same = rewriteMessages(body, view, new Map(all.map(i => [i, textOf(view, i)])));
      expect(parsed(same), id).toEqual(parsed(body));
      const changed = rewriteMessages(body, view, new Map(all.reverse().map(i => [i, edit(view, i)])));
      const again = open(api, changed);
      for (const i of all) expect(textOf(again, i), id).toBe(Buffer.from(edit(view, i)).toString());
      expect(rewriteMessages(body, view, new Map()).equals(body)).toBe(true);
    }
  });

  test('refuses signed thoughts and nothing else that is a string', () => {
    const fixed = seen.flatMap(({ api, view }) =>
      indices(view).flatMap(i => (view.accepts(i, textOf(view, i)) ? [] : [`${api} ${view.role(i)}`])),
    );
    expect([...new Set(fixed)].sort()).toEqual([
      'anthropic.messages assistant',
      'openai.chat assistant',
      'openai.responses assistant',
    ]);
  });

  test('is found again by JSON Pointer', () => {
    for (const { id, body, view } of seen) {
      const places = placesIn(body);
      for (const i of indices(view)) {
        const place = places.find(({ start, end }) => start === view.start(i) && end === view.end(i));
        const steps = (place?.path ?? []).map(
          step => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`,
        );
        expect(Buffer.from(queryJson(body, steps.join('')) ?? []).equals(view.text(i)), id).toBe(true);
      }
    }
  });
});
