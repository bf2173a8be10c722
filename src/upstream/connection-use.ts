// Tells each call which connection it went out on and whether that had served before: a connection that lay idle may be closed by the provider at the
// very moment at which a request is written to it. undici's handler does not say; its diagnostics channel does, right after `onConnect` and in the same
// stack (some 0.2 µs a request). Hot path: per attempt.
import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

export interface ConnectionUser {
  /** The head is being written. `reused`: the connection has carried another request before. */
  onSent(socket: Socket, reused: boolean): void;
}

/** Whose head is written next: set by `onConnect`, and taken in the same turn. */
let next: ConnectionUser | null = null;
const used = new WeakSet<Socket>();

export function goesOut(user: ConnectionUser): void {
  next = user;
}

subscribe('undici:client:sendHeaders', message => {
  const { socket } = message as { readonly socket: Socket };
  const user = next;
  next = null;
  const reused = used.has(socket);
  if (!reused) used.add(socket);
  user?.onSent(socket, reused);
});
