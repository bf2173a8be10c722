// The simulator: every provider's API on one port of this machine, so that policies can be tried without spending money.
// It reads what official SDKs send, answers what they parse, and knows its true usage (docs/simulator.md).
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exchange } from './exchange.js';
import type { Script } from './script.js';

/** Longer than the keep-alive of the HTTP clients in use, so that theirs decides. */
const KEEP_ALIVE_MS = 75_000;
const HEADER_BYTES_MAX = 256 * 1024;

export interface SimulatorOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Another seed gives other texts, lengths and arguments. Default 0. */
  readonly seed?: number;
  /** From the request's end to the body's first byte, in ms. Default 0. */
  readonly ttftMs?: number;
  /** 0, the default, is unpaced. */
  readonly tokensPerSecond?: number;
  /** Length of answers; by default the seed decides, 16 to 47. */
  readonly tokens?: number;
}

export interface Simulator {
  /** `http://host:port` */
  readonly url: string;
  readonly port: number;
  /** Exchanges that have begun and neither ended nor lost their client. */
  running(): number;
  /** Events of streams that were handed to the network, since the start. */
  eventsSent(): number;
  /** Ends all connections, also those in the middle of an answer. */
  close(): Promise<void>;
}

/** @throws the system's error where the address cannot be had. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const defaults: Script = {
    seed: options.seed ?? 0,
    tokens: options.tokens ?? null,
    usage: true,
    headersMs: 0,
    ttftMs: options.ttftMs ?? 0,
    tps: options.tokensPerSecond ?? 0,
    status: null,
    stall: null,
    reset: null,
    malformed: null,
  };
  let running = 0;
  let eventsSent = 0;
  const sent = (events: number): void => {
    eventsSent += events;
  };
  const server = createServer({ maxHeaderSize: HEADER_BYTES_MAX }, (request, response) => {
    running++;
    response.once('close', () => running--);
    exchange(request, response, defaults, sent);
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  // A body that comes slowly is the client's affair.
  server.requestTimeout = 0;
  const port = await listen(server, options.host, options.port);
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `http://${host}:${port}`,
    port,
    running: () => running,
    eventsSent: () => eventsSent,
    close: () => close(server),
  };
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: 1024 }, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
