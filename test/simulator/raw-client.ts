// A client of bare sockets: sees heads, chunks and resets as they come, and reads only when told to.
import { EventEmitter } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  /** All bytes so far, as text. */
  text(): string;
  readonly socket: Socket;
  /** Resolves when the text so far satisfies `test`. */
  until(test: (text: string) => boolean): Promise<void>;
  /** Resolves with the last chunk of a chunked body. */
  readonly whole: Promise<void>;
  /** Resolves when the connection is over, with what ended it first: `end` (a FIN), an error's code, or null (this side). */
  readonly over: Promise<string | null>;
}

/** Sends one POST of `body` and collects what comes. */
export function postRaw(port: number, path: string, body: object, script: string): RawAnswer {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  const received = new EventEmitter();
  const chunks: string[] = [];
  const text = (): string => chunks.join('');
  let code: string | null = null;
  socket.on('error', (error: NodeJS.ErrnoException) => {
    code ??= error.code ?? 'unknown';
  });
  socket.on('end', () => {
    code ??= 'end';
  });
  const over = new Promise<string | null>(resolve => socket.on('close', () => resolve(code)));
  const whole = new Promise<void>(resolve => {
    let tail = '';
    socket.on('data', (chunk: string) => {
      chunks.push(chunk);
      received.emit('chunk');
      tail = (tail + chunk).slice(-7);
      if (tail === '\r\n0\r\n\r\n') resolve();
    });
  });
  const until = (test: (text: string) => boolean): Promise<void> =>
    new Promise(resolve => {
      const check = (): void => {
        if (!test(text())) return;
        received.off('chunk', check);
        resolve();
      };
      received.on('chunk', check);
      check();
    });
  const json = JSON.stringify(body);
  socket.write(
    `POST ${path} HTTP/1.1\r\nhost: sim\r\nx-weir-sim: ${script}\r\n` +
      `content-length: ${Buffer.byteLength(json)}\r\n\r\n${json}`,
  );
  return { text, socket, until, whole, over };
}
