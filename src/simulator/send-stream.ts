// Sends a stream's events: paced by one schedule, never faster than the client reads, and with the faults that the
// script names. Ends all work the moment the client is gone.
import type { ServerResponse } from 'node:http';
import { breakFrame } from './break-frame.js';
import type { Frame, StreamReply } from './dialect.js';
import type { Script } from './script.js';

/** Events per turn of the loop when unpaced: few enough that other connections get theirs between two turns. */
const EVENTS_PER_TURN = 16;

/** Sends the head at once and the first event at `startMs` (monotonic). `sent` learns the events as they are written. */
export function sendStream(
  response: ServerResponse,
  reply: StreamReply,
  script: Script,
  startMs: number,
  sent: (events: number) => void,
): void {
  response.writeHead(200, reply.headers);
  response.flushHeaders();
  new StreamSender(response, reply, script, startMs, sent).start();
}

/** A reset that is there when the client reads the bytes before it is taken by libuv for an ordinary end. */
const RESET_GAP_MS = 10;

/** One stream on its way. Hot path: per event. */
class StreamSender {
  private readonly response: ServerResponse;
  private readonly reply: StreamReply;
  private readonly script: Script;
  private readonly total: number;
  /** Events that will be sent: `total`, or fewer where the script cuts the stream. */
  private readonly limit: number;
  /** Monotonic ms at which the first event is due. */
  private readonly startMs: number;
  private readonly msPerToken: number;
  private next = 0;
  private timer: NodeJS.Timeout | null = null;
  private gone = false;

  private readonly sent: (events: number) => void;

  constructor(
    response: ServerResponse,
    reply: StreamReply,
    script: Script,
    startMs: number,
    sent: (events: number) => void,
  ) {
    this.response = response;
    this.reply = reply;
    this.script = script;
    this.sent = sent;
    this.total = reply.before.length + reply.tokens + reply.after.length;
    this.limit = Math.min(this.total, script.stall ?? this.total, script.reset ?? this.total);
    this.startMs = startMs;
    this.msPerToken = script.tps > 0 ? 1000 / script.tps : 0;
  }

  start(): void {
    this.response.once('close', this.leave);
    this.wait(this.startMs - performance.now());
  }

  private readonly leave = (): void => {
    this.gone = true;
    if (this.timer !== null) clearTimeout(this.timer);
  };

  private wait(ms: number): void {
    if (ms <= 0) setImmediate(this.turn);
    else this.timer = setTimeout(this.turn, Math.ceil(ms));
  }

  private readonly turn = (): void => {
    if (this.gone) return;
    const until = Math.min(this.limit, this.dueNow(), this.next + EVENTS_PER_TURN);
    let flowing = true;
    if (until > this.next) {
      flowing = this.response.write(this.join(this.next, until));
      this.sent(until - this.next);
      this.next = until;
    }
    if (this.next === this.limit) this.finish();
    else if (!flowing) this.response.once('drain', this.turn);
    else this.wait(this.dueMs(this.next) - performance.now());
  };

  /** How many events are due by now. The schedule counts from the start, so that late timers do not add up. */
  private dueNow(): number {
    if (this.msPerToken === 0) return this.total;
    const tokens = Math.floor((performance.now() - this.startMs) / this.msPerToken) + 1;
    if (tokens >= this.reply.tokens) return this.total;
    return this.reply.before.length + Math.max(tokens, 1);
  }

  private dueMs(event: number): number {
    const token = Math.min(event - this.reply.before.length, this.reply.tokens - 1);
    return this.startMs + Math.max(token, 0) * this.msPerToken;
  }

  private join(from: number, to: number): Frame {
    const first = this.frame(from);
    if (to - from === 1) return first;
    if (typeof first !== 'string') {
      const frames = [first];
      for (let i = from + 1; i < to; i++) frames.push(this.frame(i) as Buffer);
      return Buffer.concat(frames);
    }
    let text = first;
    for (let i = from + 1; i < to; i++) text += this.frame(i) as string;
    return text;
  }

  private frame(index: number): Frame {
    const { before, tokens, after } = this.reply;
    const token = index - before.length;
    const frame =
      token < 0 ? before[index] : token < tokens ? this.reply.token(token) : (after[token - tokens] as Frame);
    if (frame === undefined) throw new RangeError(`event ${index} of ${this.total}`);
    return index + 1 === this.script.malformed ? breakFrame(frame) : frame;
  }

  private finish(): void {
    const { stall, reset } = this.script;
    const cut = this.limit < this.total;
    if (cut && reset === this.limit) resetAfterFlush(this.response);
    else if (!cut || stall !== this.limit) this.response.end();
  }
}

/** Resets the TCP connection once what was written has left for the kernel. */
export function resetAfterFlush(response: ServerResponse): void {
  const { socket } = response;
  if (socket === null) return;
  // An empty write's callback runs after those before it.
  socket.write('', () => setTimeout(() => socket.resetAndDestroy(), RESET_GAP_MS));
}
