// The page's files as the server gives them: whole, compressed for whom it helps, without a token for what tells nothing, and obeying their own policy.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ask } from './ask.js';
import { withAdmin } from './source.js';

const FOLDER = fileURLToPath(new URL('../../page/', import.meta.url));
const HTML = readFileSync(`${FOLDER}index.html`, 'utf8');
const PROGRAM = readdirSync(FOLDER)
  .filter(name => name.endsWith('.ts'))
  .map(name => readFileSync(FOLDER + name, 'utf8'))
  .join('\n');

describe('the page', () => {
  it.each([
    ['/', 'text/html; charset=utf-8', '<title>Weir</title>'],
    ['/page/app.js', 'text/javascript; charset=utf-8', 'import '],
    ['/page/style.css', 'text/css; charset=utf-8', 'color-scheme: light dark'],
    ['/page/icon.svg', 'image/svg+xml', '<svg'],
    ['/page/uplot.js', 'text/javascript; charset=utf-8', 'leeoniya/uPlot'],
    ['/page/uplot-license.txt', 'text/plain; charset=utf-8', 'Copyright (c) 2022 Leon Sorokin'],
  ])('is served from %s', async (path, type, content) => {
    await withAdmin(async ({ port }) => {
      const told = await ask(port, path);
      expect([told.status, told.headers['content-type']]).toEqual([200, type]);
      expect(told.body).toContain(content);
    });
  });

  it.each(['/page/', '/page/nothing.js', '/page/../package.json', '/page/.tsbuildinfo', '/page/app.ts'])(
    'has nothing at %s',
    async path => {
      await withAdmin(async ({ port }) => expect((await ask(port, path)).status).toBe(404));
    },
  );

  it('needs no token but for what it shows, and asks for it without the dialog of the browser', async () => {
    await withAdmin(
      async ({ port }) => {
        expect((await ask(port, '/page/app.js')).status).toBe(200);
        const skeleton = await ask(port, '/', { headers: { accept: 'text/html,*/*' } });
        expect([skeleton.status, skeleton.headers['www-authenticate']]).toEqual([
          401,
          'Bearer realm="Weir admin"',
        ]);
        expect(skeleton.body).toContain('<title>Weir</title>');
        const data = await ask(port, '/api/summary', { headers: { accept: 'application/json' } });
        expect([data.status, data.headers['www-authenticate']]).toEqual([401, 'Bearer realm="Weir admin"']);
      },
      { token: 'letmein' },
    );
  });

  it.each([
    ['gzip', 'gzip'],
    ['br, GZIP;q=0.5', 'gzip'],
    ['gzip;q=0, br', undefined],
    ['gzip;q=0.0', undefined],
    ['br', undefined],
    ['', undefined],
  ])('answers accept-encoding "%s" with %s', async (accept, coding) => {
    await withAdmin(async ({ port }) => {
      for (const path of ['/page/app.js', '/metrics']) {
        const told = await ask(port, path, { headers: { 'accept-encoding': accept } });
        expect([told.headers['content-encoding'], told.headers.vary]).toEqual([coding, 'accept-encoding']);
      }
    });
  });

  it('makes no markup out of text', () => {
    expect(PROGRAM).not.toMatch(
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|Function\(|DOMParser|createContextualFragment|srcdoc/,
    );
  });

  it('obeys its own content security policy: no inline script, style or handler, nothing from elsewhere', () => {
    expect(HTML).not.toMatch(
      /<script(?![^>]*\bsrc="\/)|<style|\sstyle=|\son[a-z]+=|https?:|data:|javascript:/,
    );
    expect(PROGRAM).not.toMatch(/\.style\b|setAttribute\('(?:style|on)|https?:/);
  });

  it('has every element that its program looks for, and as many cells in a row as columns in the head', () => {
    const wanted = [...PROGRAM.matchAll(/byId(?:<\w+>)?\('([^']+)'\)/g)].map(match => match[1]);
    expect(wanted.length).toBeGreaterThan(30);
    for (const id of wanted) expect(HTML).toContain(`id="${id}"`);
    expect(HTML.match(/<th /g)?.length).toBe(Number(/COLUMNS = (\d+)/.exec(PROGRAM)?.[1]));
  });
});
