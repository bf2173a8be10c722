// The page: served whole, safe against what it shows, and obeying its own policy.
import { Script } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { APP_JS } from '../../src/admin/dashboard/app.js';
import { PAGE_HTML } from '../../src/admin/dashboard/page.js';
import { ask } from './ask.js';
import { withAdmin } from './source.js';

describe('the page', () => {
  it.each([
    ['/', 'text/html; charset=utf-8', '<title>Weir</title>'],
    ['/app.js', 'text/javascript; charset=utf-8', "'use strict';"],
    ['/style.css', 'text/css; charset=utf-8', 'color-scheme: light dark'],
    ['/icon.svg', 'image/svg+xml', '<svg'],
  ])('is served from %s', async (path, type, content) => {
    await withAdmin(async ({ port }) => {
      const told = await ask(port, path);
      expect([told.status, told.headers['content-type']]).toEqual([200, type]);
      expect(told.body).toContain(content);
    });
  });

  it('has a program that parses', () => {
    expect(() => new Script(APP_JS)).not.toThrow();
  });

  it('makes no markup out of text', () => {
    expect(APP_JS).not.toMatch(
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval|Function\(|DOMParser|createContextualFragment|srcdoc/,
    );
  });

  it('obeys its own content security policy: no inline script, style or handler, nothing from elsewhere', () => {
    expect(PAGE_HTML).not.toMatch(
      /<script(?![^>]*\bsrc="\/)|<style|\sstyle=|\son[a-z]+=|https?:|data:|javascript:/,
    );
    expect(APP_JS).not.toMatch(/\.style\b|setAttribute\('(?:style|on)|https?:/);
  });

  it('has every element that its program looks for', () => {
    const wanted = [...APP_JS.matchAll(/byId\('([^']+)'\)/g)].map(match => match[1]);
    expect(wanted.length).toBeGreaterThan(10);
    for (const id of wanted) expect(PAGE_HTML).toContain(`id="${id}"`);
  });

  it('has as many cells in a row as columns in the head', () => {
    const columns = PAGE_HTML.match(/<th /g)?.length ?? 0;
    const cells = Number(/i < (\d+); i\+\+\) row\.append/.exec(APP_JS)?.[1]);
    expect(cells + 1).toBe(columns);
  });
});
