// The listener of one data-plane thread: a uWebSockets.js app that hands every request to `accept`.
// DESIGN.md: a thread that has such an app is never terminated; it closes its listener, drains and closes the app.
import type { TemplatedApp, us_listen_socket } from 'uWebSockets.js';
import uWS from 'uWebSockets.js';
import { Downstream } from './downstream.js';
import { RequestHead } from './request-head.js';

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: { readonly cert: string; readonly key: string } | null;
}

export interface Server {
  readonly port: number;
  /** No new connections from here on. */
  stopListening(): void;
  /** Cuts every connection that is left. */
  close(): void;
}

/** Errors: rejects where the address cannot be bound, naming it. */
export function listen(
  options: ServerOptions,
  accept: (head: RequestHead, downstream: Downstream) => void,
): Promise<Server> {
  const app: TemplatedApp =
    options.tls === null
      ? uWS.App()
      : uWS.SSLApp({ cert_file_name: options.tls.cert, key_file_name: options.tls.key });
  app.any('/*', (response, request) => accept(new RequestHead(request), new Downstream(response)));
  return new Promise((resolve, reject) => {
    app.listen(options.host, options.port, token => {
      if (token === false) {
        app.close();
        reject(new Error(`cannot listen on ${options.host}:${options.port}`));
        return;
      }
      resolve(serverOf(app, token));
    });
  });
}

function serverOf(app: TemplatedApp, token: us_listen_socket): Server {
  let listening = true;
  const stopListening = (): void => {
    if (!listening) return;
    listening = false;
    uWS.us_listen_socket_close(token);
  };
  return {
    port: uWS.us_socket_local_port(token),
    stopListening,
    close() {
      stopListening();
      app.close();
    },
  };
}
