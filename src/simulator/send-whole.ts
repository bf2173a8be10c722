// Sends a body in one piece, at the time when its tokens would have been generated, with the faults that the script names.
import type { ServerResponse } from 'node:http';
import { breakJson } from './break-frame.js';
import type { WholeReply } from './dialect.js';
import type { Script } from './script.js';
import { resetAfterFlush } from './send-stream.js';

/** Writes head and body; `delayMs` lies between the two, and with 0 they leave together. */
export function sendWhole(
  response: ServerResponse,
  reply: WholeReply,
  script: Script,
  delayMs: number,
): void {
  const body = script.malformed === null ? reply.body : breakJson(reply.body);
  response.writeHead(reply.status, { ...reply.headers, 'content-length': Buffer.byteLength(body) });
  if (delayMs <= 0) {
    sendBody(response, body, script);
    return;
  }
  response.flushHeaders();
  const timer = setTimeout(() => sendBody(response, body, script), Math.ceil(delayMs));
  response.once('close', () => clearTimeout(timer));
}

/** A whole body is one event: a cut after event 0 comes before it, any other in its middle. */
function sendBody(response: ServerResponse, body: string, script: Script): void {
  const cut = script.reset ?? script.stall;
  if (cut === null) {
    response.end(body);
    return;
  }
  response.flushHeaders();
  const bytes = Buffer.from(body);
  if (cut > 0) response.write(bytes.subarray(0, bytes.length >> 1));
  if (script.reset !== null) resetAfterFlush(response);
}
