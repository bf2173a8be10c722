// One request and its answer: find the operation, read the script and the body, let the dialect answer, send.
// The one place where a SimError becomes a response.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Reply, SimRequest, WholeReply } from './dialect.js';
import { type JsonObject, objectOf } from './json.js';
import { readBody } from './read-body.js';
import { type Found, findRoute } from './router.js';
import { readScript, type Script } from './script.js';
import { sendStream } from './send-stream.js';
import { sendWhole } from './send-whole.js';
import { SimError } from './sim-error.js';

/** Statuses after which a client may soon try again. */
const RETRY_AFTER: ReadonlySet<number> = new Set([429, 503, 529]);

/** `sent` learns how many events of a stream were handed to the network. */
export function exchange(
  request: IncomingMessage,
  response: ServerResponse,
  defaults: Script,
  sent: (events: number) => void,
): void {
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1));
  const found = findRoute(request.method ?? 'GET', path, request.headers);
  readBody(request, body => {
    let script = defaults;
    let reply: Reply;
    try {
      const header = request.headers['x-weir-sim'];
      script = readScript(Array.isArray(header) ? header.join(';') : header, defaults);
      reply = replyTo(found, { path, query, headers: request.headers, names: found.names }, body, script);
    } catch (error) {
      reply = found.dialect.error(simErrorOf(error));
    }
    send(response, reply, script, sent);
  });
}

type RequestHead = Omit<SimRequest, 'body' | 'settings'>;

function replyTo(found: Found, head: RequestHead, body: Buffer | SimError, script: Script): Reply {
  if (body instanceof SimError) throw body;
  if (script.status !== null) throw new SimError(script.status, `Simulated error ${script.status}.`);
  if (found.route === null) {
    const what = found.status === 405 ? 'Method not allowed for' : 'Unknown path:';
    throw new SimError(found.status, `${what} ${head.path}`);
  }
  const json = found.route.method === 'GET' ? {} : parseBody(body);
  return found.route.handle({ ...head, body: json, settings: script });
}

/** A bug in one answer may not end the others. */
function simErrorOf(error: unknown): SimError {
  if (error instanceof SimError) return error;
  if (error instanceof RangeError) return new SimError(400, 'The body is nested too deeply.');
  return new SimError(500, `The simulator failed: ${error}`);
}

function parseBody(body: Buffer): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch (error) {
    throw new SimError(400, `The body is not valid JSON: ${(error as SyntaxError).message}`);
  }
  const object = objectOf(value);
  if (object === null) throw new SimError(400, 'The body must be a JSON object.');
  return object;
}

function send(response: ServerResponse, reply: Reply, script: Script, sent: (events: number) => void): void {
  if (response.destroyed) return;
  const arrivedMs = performance.now();
  const go = (): void => {
    if (reply.kind === 'whole') sendWholeReply(response, reply, script, arrivedMs);
    else sendStream(response, reply, script, arrivedMs + script.ttftMs, sent);
  };
  if (script.headersMs <= 0) {
    go();
    return;
  }
  const timer = setTimeout(go, script.headersMs);
  response.once('close', () => clearTimeout(timer));
}

function sendWholeReply(
  response: ServerResponse,
  reply: WholeReply,
  script: Script,
  arrivedMs: number,
): void {
  if (RETRY_AFTER.has(reply.status)) response.setHeader('retry-after', '1');
  const generationMs = script.tps > 0 ? (reply.tokens * 1000) / script.tps : 0;
  sendWhole(response, reply, script, arrivedMs + script.ttftMs + generationMs - performance.now());
}
