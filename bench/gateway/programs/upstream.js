// The provider of the benchmark: reads the request whole, answers with the mode's bytes. Usage: upstream.js <mode>
import uws from 'uWebSockets.js';
import { answer, MODES } from '../workload.js';

const mode = process.argv[2] ?? 'json';
const pieces = answer(mode);
const { gapMs } = MODES[mode];

function stream(res, isGone) {
  let next = 0;
  const step = () => {
    if (isGone()) return;
    res.cork(() => {
      if (next === 0) res.writeHeader('content-type', 'text/event-stream');
      res.write(pieces[next++]);
      if (next === pieces.length) res.end();
    });
    if (next < pieces.length) gapMs > 0 ? setTimeout(step, gapMs) : setImmediate(step);
  };
  step();
}

uws
  .App()
  .any('/*', res => {
    let gone = false;
    res.onAborted(() => {
      gone = true;
    });
    res.onData((_chunk, isLast) => {
      if (!isLast) return;
      if (gapMs === null) res.cork(() => res.writeHeader('content-type', 'application/json').end(pieces[0]));
      else stream(res, () => gone);
    });
  })
  .listen('127.0.0.1', 0, socket => console.log(JSON.stringify({ port: uws.us_socket_local_port(socket) })));
