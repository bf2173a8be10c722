// Why a request went as it did, in the sentences of `weir why`, and its whole record.
import { ask, messageOf } from './ask.js';
import { byId, element } from './dom.js';

let shown = '';

export function startWhy(): void {
  const dialog = byId<HTMLDialogElement>('why');
  byId('why-close').addEventListener('click', () => dialog.close());
  // A press beside the dialog closes it.
  dialog.addEventListener('click', event => {
    if (event.target === dialog) dialog.close();
  });
  byId<HTMLDetailsElement>('why-details').addEventListener('toggle', () => void showRecord());
}

export async function showWhy(id: string): Promise<void> {
  shown = id;
  byId('why-id').textContent = id;
  byId('why-record').textContent = '';
  byId<HTMLDetailsElement>('why-details').open = false;
  const sentences = byId('why-sentences');
  sentences.replaceChildren(element('p', 'Asking…'));
  const dialog = byId<HTMLDialogElement>('why');
  if (!dialog.open) dialog.showModal();
  const told = await ask<{ sentences: string[] }>(`${pathOf(id)}/why`).then(
    answer => answer.sentences,
    error => [messageOf(error)],
  );
  if (shown === id) sentences.replaceChildren(...told.map(sentence => element('p', sentence)));
}

async function showRecord(): Promise<void> {
  const id = shown;
  const place = byId('why-record');
  if (!byId<HTMLDetailsElement>('why-details').open || place.textContent !== '') return;
  const text = await ask(pathOf(id)).then(record => JSON.stringify(record, null, 2), messageOf);
  if (shown === id) place.textContent = text;
}

function pathOf(id: string): string {
  return `/api/requests/${encodeURIComponent(id)}`;
}
