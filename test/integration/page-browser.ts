// A real Chromium, driven over its own protocol, and what the tests of the page ask of it.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { onEnd } from './harness.js';

/** Debian's packages, then what others call it; WEIR_CHROMIUM names another. */
const PLACES = [
  process.env.WEIR_CHROMIUM ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];
export const CHROMIUM = PLACES.find(place => place !== '' && existsSync(place)) ?? null;

/** Where the screenshots of the last run lie. */
export const SCREENS = join(tmpdir(), 'weir-page-screenshots');

export interface Watched {
  readonly page: Page;
  /** What the browser's console told of errors, refusals of the content security policy included. */
  readonly errors: string[];
  /** Octets of heads and bodies that came over the network. */
  received(): number;
  screenshot(name: string): Promise<void>;
}

export async function startBrowser(): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: CHROMIUM ?? '', args: ['--no-sandbox'] });
  onEnd(() => browser.close());
  mkdirSync(SCREENS, { recursive: true });
  return browser;
}

export async function openPage(browser: Browser, colorScheme: 'light' | 'dark' = 'light'): Promise<Watched> {
  const context = await browser.newContext({
    colorScheme,
    locale: 'en-GB',
    viewport: { width: 1360, height: 900 },
  });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('console', message => {
    // An id that is looked for and not there: the browser tells of every 404.
    if (message.location().url.includes('/api/requests/req_0000')) return;
    if (message.type() === 'error' || message.type() === 'warning') errors.push(message.text());
  });
  page.on('pageerror', error => errors.push(error.message));
  const session = await context.newCDPSession(page);
  let bytes = 0;
  session.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength;
  });
  await session.send('Network.enable');
  return {
    page,
    errors,
    received: () => bytes,
    screenshot: async name => {
      await page.screenshot({ path: join(SCREENS, `${name}.png`), fullPage: true });
    },
  };
}

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** What axe-core finds of serious and critical faults, each as a line. */
export async function faults(page: Page): Promise<string[]> {
  // As the debugger puts it in, the page's own policy stays in force for everything else.
  await page.evaluate(readFileSync(AXE, 'utf8'));
  return await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: AxeLike };
    const { violations } = await axe.run();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`);
  });
}

interface AxeLike {
  run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }>;
}

/** The cells of a table, row by row, as they are read. */
export async function cellsOf(page: Page, id: string): Promise<string[][]> {
  return await page
    .locator(`#${id} tbody tr`)
    .evaluateAll(rows =>
      rows.map(row =>
        [...row.children].map(
          cell => cell.querySelector('progress')?.getAttribute('aria-label') ?? cell.textContent ?? '',
        ),
      ),
    );
}

/** The numbers at the head, by name. */
export async function tilesOf(page: Page): Promise<Record<string, string>> {
  return Object.fromEntries(
    await page
      .locator('#tiles > div')
      .evaluateAll(tiles =>
        tiles.map(
          tile => [tile.children[0]?.textContent ?? '', tile.children[1]?.textContent ?? ''] as const,
        ),
      ),
  );
}
