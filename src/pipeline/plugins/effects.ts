// What a plugin's on_request wants of the request, done all at once or not at all (CONTRACT.md §5.7, 5.8): texts, body, model, target, headers.
import { BODY_EXTRA_BYTES } from '../../core/plugin-bounds.js';
import type { HeaderEdit, HookOutcome } from '../../plugin/hook.js';
import { rewriteMessages } from '../../plugin/view/rewrite-messages.js';
import { parsePath } from '../../route/path.js';
import { modelInPath, replaceBodyModel, replacePathModel } from '../edit-request.js';
import type { Exchange } from '../exchange.js';
import { readHeadFacts } from '../head-facts.js';
import { conversationOf } from './exchange-scene.js';
import { dropHeaders, editHeaders, OF_THE_BYTES } from './headers.js';
import { identifyAgain } from './identify-again.js';
import type { RequestPlugins } from './request-plugins.js';

const ACCEPT_ENCODING = 'accept-encoding';
/** What no longer holds of a body that is another and goes on decoded. */
const OF_THE_BODY: readonly string[] = ['content-encoding', ...OF_THE_BYTES];

/** What the request becomes. */
export interface Changed {
  body: Buffer | null;
  nativePath: string;
}

/** Something of the request is to be another; state, evidence and log lines are not. */
export function changesRequest({ messages, headers, body, model, target }: HookOutcome): boolean {
  return (
    (messages !== null && messages.size > 0) ||
    body !== null ||
    model !== null ||
    target !== null ||
    (headers !== null && headers.length > 0)
  );
}

/** What the request is to become; or a sentence on why it cannot. The request itself stays as it is. */
export function prepareEffects(
  exchange: Exchange,
  plugins: RequestPlugins,
  outcome: HookOutcome,
): Changed | string {
  const changed: Changed = { body: exchange.plainBody, nativePath: exchange.nativePath };
  const problem =
    changeBody(exchange, plugins, outcome, changed) ?? changeModel(exchange, outcome.model, changed);
  if (problem !== null) return problem;
  if (changed.body === null || changed.body === exchange.plainBody) return changed;
  return boundOf(exchange, plugins, changed.body) ?? changed;
}

/** Does it. Errors: where the changed request may not go anywhere. */
export function commitEffects(
  exchange: Exchange,
  plugins: RequestPlugins,
  policy: string,
  { headers, target }: HookOutcome,
  { body, nativePath }: Changed,
): void {
  const newBody = body !== exchange.plainBody;
  const newPath = nativePath !== exchange.nativePath;
  if (newBody && body !== null) takeBody(exchange, plugins, body);
  if (newPath) takePath(exchange, nativePath);
  if (headers !== null) setHeaders(exchange, headers);
  if (newBody || newPath || target !== null) identifyAgain(exchange, policy, { path: newPath, target });
}

function changeBody(
  exchange: Exchange,
  plugins: RequestPlugins,
  { messages, body }: HookOutcome,
  changed: Changed,
): string | null {
  const edits = messages !== null && messages.size > 0;
  if (!edits && body === null) return null;
  if (changed.body === null) return 'it changed a body that this request has not, or that is not held';
  if (body !== null) changed.body = Buffer.from(body.buffer, body.byteOffset, body.length);
  else if (edits) changed.body = rewriteMessages(changed.body, conversationOf(exchange, plugins), messages);
  return null;
}

function changeModel(exchange: Exchange, model: string | null, changed: Changed): string | null {
  if (model === null) return null;
  const { api, thread, head, runtime, prefix, headFacts } = exchange;
  const nowhere = `it set the model ${JSON.stringify(model)}, and this request has no place for one`;
  if (modelInPath(changed.nativePath, api)) {
    changed.nativePath = replacePathModel(changed.nativePath, api, model);
    const { nativePath } = changed;
    return readHeadFacts({ head, runtime, prefix, nativePath }).model === model ? null : nowhere;
  }
  const { body } = changed;
  const facts = body === null || exchange.opaque ? null : thread.classify.scanWhole(body);
  // A model in the path counts, whatever the body says.
  if (body === null || facts === null || facts.form !== 'json' || headFacts?.model !== null) return nowhere;
  if (facts.modelAt >= 0) changed.body = replaceBodyModel(body, facts, 0, model);
  else changed.body = withModel(body, model);
  return null;
}

/** Where no model stands, it becomes the first member. */
function withModel(body: Buffer, model: string): Buffer {
  const at = body.indexOf('{') + 1;
  const rest = body.subarray(at);
  let next = at;
  while (isSpace(body[next])) next++;
  const comma = body[next] === BRACE_END ? '' : ',';
  return Buffer.concat([body.subarray(0, at), Buffer.from(`"model":${JSON.stringify(model)}${comma}`), rest]);
}

const BRACE_END = 0x7d;
const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** Why a body is too large to be kept; what it takes is held then. */
function boundOf({ runtime, thread, body }: Exchange, plugins: RequestPlugins, next: Buffer): string | null {
  const { bodyBytes } = runtime.config.limits;
  const original = plugins.originalBytes ?? body?.length ?? 0;
  const most = Math.min(bodyBytes, 2 * original + BODY_EXTRA_BYTES);
  if (next.length > most) return `it made the body ${next.length} bytes long; at most ${most} are allowed`;
  if (!thread.buffered.take(next.length))
    return 'limits.buffered_bytes has no room for the body that it made';
  thread.buffered.give(plugins.heldBytes);
  plugins.heldBytes = next.length;
  return null;
}

/** It goes on decoded, whatever it came as. */
function takeBody(exchange: Exchange, plugins: RequestPlugins, body: Buffer): void {
  const { head } = exchange;
  plugins.originalBytes ??= exchange.plainBody?.length ?? 0;
  exchange.body = exchange.plainBody = body;
  head.contentEncoding = '';
  dropHeaders(head.forward, OF_THE_BODY);
}

/** What the answer may be encoded in is Weir's to say where it reads the answer, and stands apart from the rest. */
function setHeaders({ head }: Exchange, edits: readonly HeaderEdit[]): void {
  const [encoding] = edits.filter(({ name }) => name === ACCEPT_ENCODING).slice(-1);
  if (encoding !== undefined) head.acceptEncoding = encoding.value ?? '';
  editHeaders(
    head.forward,
    edits.filter(({ name }) => name !== ACCEPT_ENCODING),
    true,
  );
}

function takePath(exchange: Exchange, nativePath: string): void {
  const { path, prefix } = exchange;
  if (path === null) throw new Error('a path is changed before it is read');
  exchange.path = parsePath(prefix === null ? nativePath : path.raw.slice(0, path.firstEnd) + nativePath);
  exchange.nativePath = nativePath;
}
