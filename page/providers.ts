// How the providers are: what became of the requests that went to each in the last quarter of an hour (`/api/usage`).
import type { Usage } from './answers.js';
import { ask } from './ask.js';
import { byId, setText, showTable } from './dom.js';
import { count, percent } from './format.js';

/** Of requests that ended while their provider broke or was too slow; below it a provider has had bad luck. */
const FAILING = 0.05;

export async function refreshProviders(): Promise<void> {
  const { items } = await ask<Usage>('/api/usage?by=provider,outcome&since=15m');
  setText(byId('providers-line'), 'Of the last 15 minutes.');
  const found = new Map<string, Map<string, number>>();
  for (const { by, requests } of items) {
    // Without one it never came to a provider.
    if (by.provider === null || by.provider === undefined) continue;
    const outcomes = found.get(by.provider) ?? new Map<string, number>();
    outcomes.set(by.outcome ?? '', (outcomes.get(by.outcome ?? '') ?? 0) + requests);
    found.set(by.provider, outcomes);
  }
  showTable(
    byId('providers'),
    'providers-title',
    [
      { title: 'Provider', as: 'text' },
      { title: 'State' },
      { title: 'Served', as: 'number' },
      { title: 'Failed', as: 'number' },
      { title: '% failed', as: 'number' },
      { title: 'Left by clients', as: 'number' },
    ],
    [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, outcomes]) => rowOf(name, outcomes)),
    'No request has gone to a provider in the last 15 minutes.',
  );
}

function rowOf(name: string, outcomes: ReadonlyMap<string, number>) {
  const [served, failed] = [outcomes.get('served') ?? 0, outcomes.get('failed') ?? 0];
  const share = served + failed === 0 ? 0 : failed / (served + failed);
  const state = share >= FAILING ? 'failing' : served + failed === 0 ? 'unknown' : 'healthy';
  return {
    key: name,
    cells: [
      { text: name },
      { text: state, className: state === 'failing' ? 'bad' : state === 'healthy' ? 'good' : 'quiet' },
      { text: count(served) },
      { text: count(failed), className: failed > 0 ? 'bad' : '' },
      { text: percent(share) },
      { text: count(outcomes.get('aborted') ?? 0) },
    ],
  };
}
