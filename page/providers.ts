// How the providers are: what became of the requests that went to each in the last quarter of an hour (`/api/usage`), and which targets and keys are left
// alone for the moment (`/api/providers`).
import type { TargetItem, Usage } from './answers.js';
import { ask } from './ask.js';
import { byId, setText, showTable } from './dom.js';
import { count, percent } from './format.js';

/** Of requests that ended while their provider broke or was too slow; below it a provider has had bad luck. */
const FAILING = 0.05;

export async function refreshProviders(): Promise<void> {
  const { items } = await ask<Usage>('/api/usage?by=provider,outcome&since=15m');
  const targets = (await ask<{ items: readonly TargetItem[] }>('/api/providers')).items;
  setText(byId('providers-line'), 'Of the last 15 minutes; open circuits and keys as they are now.');
  const found = new Map<string, Map<string, number>>();
  for (const { by, requests } of items) {
    // Without one it never came to a provider.
    if (by.provider === null || by.provider === undefined) continue;
    const outcomes = found.get(by.provider) ?? new Map<string, number>();
    outcomes.set(by.outcome ?? '', (outcomes.get(by.outcome ?? '') ?? 0) + requests);
    found.set(by.provider, outcomes);
  }
  // Also where nothing has come to an end yet: it may be left alone already.
  for (const { provider, ...target } of targets)
    if (troubleOf(target) !== null && !found.has(provider)) found.set(provider, new Map());
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
    [...found]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, outcomes]) =>
        rowOf(
          name,
          outcomes,
          targets.filter(({ provider }) => provider === name),
        ),
      ),
    'No request has gone to a provider in the last 15 minutes.',
  );
}

/** Why a target, or a key of it, is left alone; null: it is not. */
function troubleOf({ target, state, reason, keys }: Omit<TargetItem, 'provider'>): string | null {
  if (state === 'open')
    return `${target}: circuit open${reason === null ? '' : `, ${reason.replaceAll('_', ' ')}`}`;
  if (state === 'half_open') return `${target}: circuit half open`;
  const busy = keys.filter(key => key.state === 'limited' || key.state === 'refused');
  return busy.length === 0
    ? null
    : `${target}: ${busy.map(key => `key ${key.name} ${key.state}`).join(', ')}`;
}

function rowOf(name: string, outcomes: ReadonlyMap<string, number>, targets: readonly TargetItem[]) {
  const [served, failed] = [outcomes.get('served') ?? 0, outcomes.get('failed') ?? 0];
  const share = served + failed === 0 ? 0 : failed / (served + failed);
  const troubles = targets.flatMap(target => troubleOf(target) ?? []);
  const health = share >= FAILING ? 'failing' : served + failed === 0 ? 'unknown' : 'healthy';
  const state = troubles.length === 0 ? health : troubles.join('; ');
  const className =
    troubles.length > 0 || health === 'failing' ? 'bad' : health === 'healthy' ? 'good' : 'quiet';
  return {
    key: name,
    cells: [
      { text: name },
      { text: state, className },
      { text: count(served) },
      { text: count(failed), className: failed > 0 ? 'bad' : '' },
      { text: percent(share) },
      { text: count(outcomes.get('aborted') ?? 0) },
    ],
  };
}
