// What does any gateway on uWebSockets.js and undici cost at least? The smallest pass-through that is still a proxy:
// no identification, no metering, no record, no timeouts, no backpressure. Usage: bare.js <upstream port>
import uws from 'uWebSockets.js';
import { Pool } from 'undici';

const pool = new Pool(`http://127.0.0.1:${process.argv[2]}`, { connections: 256, pipelining: 1 });
const NOT_FORWARDED = new Set(['host', 'connection', 'content-length', 'expect']);
const NOT_RETURNED = new Set([
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'date',
  'uwebsockets',
]);

function forward(res, isGone, request) {
  pool.dispatch(request, {
    onConnect() {},
    onHeaders(status, headers) {
      if (isGone()) return true;
      res.cork(() => {
        res.writeStatus(`${status} OK`);
        for (let i = 0; i < headers.length; i += 2) {
          const name = headers[i].toString().toLowerCase();
          if (!NOT_RETURNED.has(name)) res.writeHeader(name, headers[i + 1].toString());
        }
      });
      return true;
    },
    onData(chunk) {
      if (!isGone()) res.cork(() => res.write(chunk));
      return true;
    },
    onComplete() {
      if (!isGone()) res.cork(() => res.end());
    },
    onError(error) {
      if (!isGone()) res.cork(() => res.writeStatus('502 Bad Gateway').end(String(error)));
    },
  });
}

uws
  .App()
  .any('/*', (res, req) => {
    const [path, method, headers, chunks] = [req.getUrl(), req.getMethod().toUpperCase(), [], []];
    req.forEach((name, value) => {
      if (!NOT_FORWARDED.has(name)) headers.push(name, value);
    });
    let gone = false;
    res.onAborted(() => {
      gone = true;
    });
    res.onData((chunk, isLast) => {
      chunks.push(Buffer.from(chunk.slice(0))); // the addon's memory is gone after this call
      if (!isLast) return;
      const body = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
      forward(res, () => gone, { path, method, headers, body });
    });
  })
  .listen('127.0.0.1', 0, socket => console.log(JSON.stringify({ port: uws.us_socket_local_port(socket) })));
