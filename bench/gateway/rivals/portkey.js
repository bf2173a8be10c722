// @portkey-ai/gateway, an AI gateway for Node. It has a package.json of its own in bench/rivals, outside of `npm ci`.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { freePort } from '../processes.js';

const entry = fileURLToPath(
  new URL('../../rivals/node_modules/@portkey-ai/gateway/build/start-server.js', import.meta.url),
);

export const portkey = {
  name: 'portkey',
  title: '@portkey-ai/gateway',
  missing: () =>
    existsSync(entry)
      ? null
      : '@portkey-ai/gateway is not installed; run `npm install --prefix bench/rivals`',
  async start({ upstreamPort, folder }) {
    const port = await freePort();
    return {
      argv: [process.execPath, entry, `--port=${port}`, '--headless'],
      cwd: folder,
      env: { NODE_ENV: 'production' },
      port,
      readyUrl: `http://127.0.0.1:${port}/`,
      headers: {
        'x-portkey-provider': 'openai',
        'x-portkey-custom-host': `http://127.0.0.1:${upstreamPort}/v1`,
      },
    };
  },
};
