// The page's program: what is asked when, and who shows it. Numbers come from the admin API alone.
import type { ConfigState, LedgerState, LimitItem, Page, PluginItem, Summary, Usage } from './answers.js';
import { ApiProblem, ask, messageOf } from './ask.js';
import { Clock } from './clock.js';
import { byId, element, setText } from './dom.js';
import { time } from './format.js';
import { showLogin, startLogin } from './login.js';
import { showBlocked, showLimits, showPlugins } from './panels.js';
import { refreshProviders } from './providers.js';
import { lookFor, refreshRequests, startRequests } from './requests.js';
import { startTheme } from './theme.js';
import { showTiles } from './tiles.js';
import { Traffic } from './traffic.js';
import { startWhy } from './why.js';

/** Sums of the ledger change slowly and cost more than counters. */
const SUMS_MS = 10_000;

const traffic = new Traffic();
const clock = new Clock(round);
let sumsAtMs = Number.NEGATIVE_INFINITY;
let today: Usage | null = null;
let blockedToday = 0;

async function round(): Promise<boolean> {
  try {
    if (today === null || performance.now() - sumsAtMs >= SUMS_MS) await refreshSums();
    await refreshCounters();
    await refreshRequests();
  } catch (error) {
    return lost(error);
  }
  showLogin(false);
  say('live', 'Live');
  setText(byId('updated'), time(new Date().toISOString()));
  return true;
}

async function refreshCounters(): Promise<void> {
  const [summary, limits, plugins] = await Promise.all([
    ask<Summary>('/api/summary'),
    ask<Page<LimitItem>>('/api/limits?top=5'),
    ask<Page<PluginItem>>('/api/plugins'),
  ]);
  if (today === null) return;
  showTiles(summary, today, blockedToday);
  showBlocked(summary, (policy, code) =>
    lookFor(
      policy === '(none)' || policy === '(other)'
        ? { outcome: 'blocked', code }
        : { outcome: 'blocked', policy, code },
    ),
  );
  showLimits(limits.items, today);
  showPlugins(plugins.items);
}

async function refreshSums(): Promise<void> {
  const midnight = new Date().toISOString().slice(0, 10);
  const asked = await ask<Usage>(`/api/usage?by=outcome&since=${midnight}`);
  blockedToday = asked.items.find(({ by }) => by.outcome === 'blocked')?.requests ?? 0;
  today = asked;
  await traffic.refresh();
  await refreshProviders();
  const [ledger, config] = await Promise.all([
    ask<LedgerState>('/api/ledger'),
    ask<ConfigState>('/api/config'),
  ]);
  showNotices(ledger, config);
  sumsAtMs = performance.now();
}

/** What an operator has to know before he believes the rest. */
function showNotices(ledger: LedgerState, config: ConfigState): void {
  const notices = [
    ...(ledger.full ? [`The ledger cannot be written: ${ledger.reason ?? 'the disk is full'}.`] : []),
    ...(ledger.lost > 0 ? [`${ledger.lost} settlements found no room and are in no sum.`] : []),
    ...config.problems.map(problem => `The configuration on the disk is not in force: ${problem}`),
  ];
  const place = byId('notices');
  if ([...place.children].map(({ textContent }) => textContent).join('\n') === notices.join('\n')) return;
  place.replaceChildren(...notices.map(notice => element('p', notice, 'notice')));
}

function lost(error: unknown): boolean {
  if (error instanceof ApiProblem && error.status === 401) {
    showLogin(true);
    say('token', 'Token needed');
    return false;
  }
  const why = error instanceof ApiProblem && error.status === 0 ? '' : ` (${messageOf(error)})`;
  say('lost', `No answer from Weir${why}; trying again`);
  // What comes back may be another process: everything is asked anew.
  sumsAtMs = Number.NEGATIVE_INFINITY;
  return false;
}

/** Said aloud by a screen reader, so only changes are written. */
function say(state: string, text: string): void {
  const place = byId('state');
  place.dataset.state = state;
  setText(place, text);
}

startTheme(() => traffic.redraw());
startLogin(() => clock.now());
startWhy();
startRequests();
byId('span').addEventListener('change', () => {
  sumsAtMs = Number.NEGATIVE_INFINITY;
  clock.now();
});
clock.now();
