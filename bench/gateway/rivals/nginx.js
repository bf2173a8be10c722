// nginx as a reverse proxy: one worker, kept-alive upstream connections, no buffering, no access log. It meters nothing.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findOnPath, freePort } from '../processes.js';

export const nginx = {
  name: 'nginx',
  title: 'nginx, reverse proxy',
  missing: (find = findOnPath) =>
    find('nginx') === null ? 'nginx is not installed; on Debian it is in the package nginx-light' : null,
  async start({ upstreamPort, folder }) {
    const port = await freePort();
    mkdirSync(join(folder, 'nginx'), { recursive: true });
    const file = join(folder, 'nginx.conf');
    writeFileSync(file, configuration(join(folder, 'nginx'), port, upstreamPort));
    const argv = [findOnPath('nginx'), '-c', file, '-p', folder, '-e', 'stderr'];
    return { argv, cwd: folder, port, readyUrl: `http://127.0.0.1:${port}/ready` };
  },
};

const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

function configuration(folder, port, upstreamPort) {
  return `daemon off;
worker_processes 1;
pid ${folder}/pid;
error_log stderr warn;
events { worker_connections 2048; }
http {
  access_log off;
  tcp_nodelay on;
  keepalive_requests 1000000;
  client_max_body_size 32m;
${TEMPORARY.map(name => `  ${name}_temp_path ${folder}/${name};`).join('\n')}
  upstream provider { server 127.0.0.1:${upstreamPort}; keepalive 256; keepalive_requests 1000000; }
  server {
    listen 127.0.0.1:${port};
    location = /ready { return 200 "ok"; }
    location / {
      proxy_pass http://provider;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
    }
  }
}
`;
}
