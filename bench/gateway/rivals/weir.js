// Weir as a user starts it, with identification, metering and records on; one data-plane thread.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../processes.js';

const entry = fileURLToPath(new URL('../../../dist/cli/weir.js', import.meta.url));

export const weir = {
  name: 'weir',
  title: 'Weir',
  missing: () => (existsSync(entry) ? null : 'dist/cli/weir.js is not built; run `npm run build`'),
  /** `more`: lines of YAML beside; `keys`: the provider has a credential of its own; `providers`: lines of YAML instead of that one. */
  async start({ upstreamPort, folder, more = [], anonymous = 'allow', keys = false, providers = null }) {
    const [port, adminPort] = [await freePort(), await freePort()];
    const config = [
      `listen: 127.0.0.1:${port}`,
      `admin: { listen: "127.0.0.1:${adminPort}" }`,
      `data_dir: ${join(folder, 'data')}`,
      'workers: 1',
      `anonymous: ${anonymous}`,
      ...(providers ?? [
        `providers: { openai: { base_url: "http://127.0.0.1:${upstreamPort}"${keys ? ', keys: [ { value: sk-own } ]' : ''} } }`,
      ]),
      ...more,
    ].join('\n');
    const file = join(folder, 'weir.yaml');
    writeFileSync(file, `${config}\n`);
    const argv = [process.execPath, entry, 'start', '--config', file];
    const adminUrl = `http://127.0.0.1:${adminPort}`;
    return { argv, cwd: folder, port, adminUrl, readyUrl: `${adminUrl}/readyz` };
  },
};
