// What is found out before the data-plane threads listen: that the address is free, and that the certificate can be used.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createSecureContext } from 'node:tls';
import type { Config } from '../config/config.js';

/**
 * Two uWebSockets.js apps share a port without a word, also in two processes: so the address is bound once
 * exclusively and released before the threads listen. Port 0 becomes a free one, the same for all threads.
 */
export async function claimPort(config: Pick<Config, 'listen'>, reusePort: boolean): Promise<number> {
  const { host, port } = config.listen;
  if (reusePort && port !== 0) return port;
  return await new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (cause: NodeJS.ErrnoException) => {
      reject(
        new Error(
          `cannot listen on ${host}:${port}: ${cause.code === 'EADDRINUSE' ? 'the address is in use' : cause.message}`,
          { cause },
        ),
      );
    });
    probe.listen({ host, port, exclusive: true }, () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : port));
    });
  });
}

/** uWebSockets.js only says that its app could not be made: what is wrong with the files is found out first. */
export function checkCertificate(tls: Config['tls']): void {
  if (tls === null) return;
  try {
    createSecureContext({ cert: readFileSync(tls.cert), key: readFileSync(tls.key) });
  } catch (cause) {
    throw new Error(
      `tls: the certificate ${tls.cert} with the key ${tls.key} cannot be used: ${(cause as Error).message}`,
      { cause },
    );
  }
}
