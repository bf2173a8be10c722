// What a plugin's on_request makes of the body and path of a request, all at once or not at all (CONTRACT.md §5.7, 5.8): texts, body, model. The gateway
// and `weir plugin test` ask here, so that a policy that passes its test does the same to traffic.
import type { ApiName } from '../core/api.js';
import type { BodyFacts } from '../core/body-facts.js';
import { BODY_EXTRA_BYTES } from '../core/plugin-bounds.js';
import { modelInPath, replaceBodyModel, replacePathModel } from '../provider/edit-model.js';
import type { HookOutcome } from './hook.js';
import { failedOutcome } from './outcome.js';
import type { ConversationView } from './view/conversation-view.js';
import { rewriteMessages } from './view/rewrite-messages.js';

/** A request that may be changed. */
export interface ChangeableRequest {
  /** What the head says. */
  readonly api: ApiName;
  /** The model that the path names; null: it names none. */
  readonly pathModel: string | null;
  /** In the provider's own terms. */
  readonly path: string;
  /** Decoded; null where there is none or it is not held. */
  readonly body: Buffer | null;
  /** There is a body that should have been read and could not. */
  readonly opaque: boolean;
  /** Of the decoded body as it came, before any plugin. */
  readonly originalBytes: number;
  /** `limits.body_bytes`. */
  readonly bodyBytesMax: number;
  conversation(): ConversationView;
  scan(body: Buffer): BodyFacts;
  /** The model that a request with this path would ask for. */
  modelOf(path: string): string | null;
  /** Takes what a new body needs to be kept; a sentence where there is no room. */
  hold(bytes: number): string | null;
}

/** What the request becomes. */
export interface ChangedRequest {
  readonly body: Buffer | null;
  readonly path: string;
}

export interface SettledChange {
  /** The same, or the failure that it has become. */
  readonly outcome: HookOutcome;
  /** Null: nothing is to be done to the request. */
  readonly changed: ChangedRequest | null;
}

/** Something of the request is to be another; state, evidence and log lines are not. */
function changesRequest({ result, messages, headers, body, model, target }: HookOutcome): boolean {
  if (result !== 'go_on') return false;
  return (
    (messages !== null && messages.size > 0) ||
    body !== null ||
    model !== null ||
    target !== null ||
    (headers !== null && headers.length > 0)
  );
}

/** What on_request came to, for a request that is asked for where it is to change; that itself stays as it is. */
export function settleChange(request: () => ChangeableRequest, outcome: HookOutcome): SettledChange {
  if (!changesRequest(outcome)) return { outcome, changed: null };
  const changed = changeOf(request(), outcome);
  if (typeof changed !== 'string') return { outcome, changed };
  const { logs, logsDropped } = outcome;
  const failed = { ...failedOutcome('bad_result', changed, outcome.fuel), logs, logsDropped };
  return { outcome: failed, changed: null };
}

/** Or a sentence on why it cannot be. */
function changeOf(request: ChangeableRequest, outcome: HookOutcome): ChangedRequest | string {
  const body = newBody(request, outcome);
  if (typeof body === 'string') return body;
  const changed = withModel(request, outcome.model, body);
  if (typeof changed === 'string') return changed;
  if (changed.body === null || changed.body === request.body) return changed;
  return boundOf(request, changed.body) ?? changed;
}

function newBody(request: ChangeableRequest, { messages, body }: HookOutcome): Buffer | null | string {
  const edits = messages !== null && messages.size > 0;
  if (!edits && body === null) return request.body;
  if (request.body === null) return 'it changed a body that this request has not, or that is not held';
  if (body !== null) return Buffer.from(body.buffer, body.byteOffset, body.length);
  return edits ? rewriteMessages(request.body, request.conversation(), messages) : request.body;
}

function withModel(
  request: ChangeableRequest,
  model: string | null,
  body: Buffer | null,
): ChangedRequest | string {
  const { api, path, pathModel, opaque } = request;
  if (model === null) return { body, path };
  const nowhere = `it set the model ${JSON.stringify(model)}, and this request has no place for one`;
  if (modelInPath(path, api)) {
    const replaced = replacePathModel(path, api, model);
    return request.modelOf(replaced) === model ? { body, path: replaced } : nowhere;
  }
  const facts = body === null || opaque ? null : request.scan(body);
  // A model in the path counts, whatever the body says.
  if (body === null || facts === null || facts.form !== 'json' || pathModel !== null) return nowhere;
  const replaced = facts.modelAt >= 0 ? replaceBodyModel(body, facts, 0, model) : insertModel(body, model);
  return { body: replaced, path };
}

/** Where no model stands, it becomes the first member. */
function insertModel(body: Buffer, model: string): Buffer {
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
function boundOf(request: ChangeableRequest, { length }: Buffer): string | null {
  const most = Math.min(request.bodyBytesMax, 2 * request.originalBytes + BODY_EXTRA_BYTES);
  if (length > most) return `it made the body ${length} bytes long; at most ${most} are allowed`;
  return request.hold(length);
}
