// What a plugin's on_request wants of an exchange, done: body, path, headers, target (CONTRACT.md §5.7, 5.8). What it comes to is decided in
// src/plugin/request-change.ts.

import { dropOfTheBody, editRequestHeaders } from '../../plugin/header-list.js';
import type { HeaderEdit, HookOutcome } from '../../plugin/hook.js';
import type { ChangeableRequest, ChangedRequest } from '../../plugin/request-change.js';
import { parsePath } from '../../route/path.js';
import type { Exchange } from '../exchange.js';
import { readHeadFacts } from '../head-facts.js';
import { conversationOf } from './exchange-scene.js';
import { identifyAgain } from './identify-again.js';
import type { RequestPlugins } from './request-plugins.js';

/** The exchange's request, as a plugin may change it. */
export function changeable(exchange: Exchange, plugins: RequestPlugins): ChangeableRequest {
  const { api, headFacts, nativePath, plainBody, opaque, thread, head, runtime, prefix } = exchange;
  return {
    api,
    pathModel: headFacts?.model ?? null,
    path: nativePath,
    body: plainBody,
    opaque,
    originalBytes: plugins.originalBytes ?? plainBody?.length ?? 0,
    bodyBytesMax: runtime.config.limits.bodyBytes,
    conversation: () => conversationOf(exchange, plugins),
    scan: body => thread.classify.scanWhole(body),
    modelOf: path => readHeadFacts({ head, runtime, prefix, nativePath: path }).model,
    hold: bytes => {
      if (!thread.buffered.take(bytes)) return 'limits.buffered_bytes has no room for the body that it made';
      thread.buffered.give(plugins.heldBytes);
      plugins.heldBytes = bytes;
      return null;
    },
  };
}

/** Does it. Errors: where the changed request may not go anywhere. */
export function commitEffects(
  exchange: Exchange,
  plugins: RequestPlugins,
  policy: string,
  { headers, target }: HookOutcome,
  { body, path }: ChangedRequest,
): void {
  const newBody = body !== exchange.plainBody;
  const newPath = path !== exchange.nativePath;
  if (newBody && body !== null) takeBody(exchange, plugins, body);
  if (newPath) takePath(exchange, path);
  if (headers !== null) setHeaders(exchange, headers);
  if (newBody || newPath || target !== null) identifyAgain(exchange, policy, { path: newPath, target });
}

/** It goes on decoded, whatever it came as. */
function takeBody(exchange: Exchange, plugins: RequestPlugins, body: Buffer): void {
  const { head } = exchange;
  plugins.originalBytes ??= exchange.plainBody?.length ?? 0;
  exchange.body = exchange.plainBody = body;
  head.contentEncoding = '';
  dropOfTheBody(head.forward);
}

function setHeaders({ head }: Exchange, edits: readonly HeaderEdit[]): void {
  head.acceptEncoding = editRequestHeaders(head.forward, edits) ?? head.acceptEncoding;
}

function takePath(exchange: Exchange, nativePath: string): void {
  const { path, prefix } = exchange;
  if (path === null) throw new Error('a path is changed before it is read');
  exchange.path = parsePath(prefix === null ? nativePath : path.raw.slice(0, path.firstEnd) + nativePath);
  exchange.nativePath = nativePath;
}
