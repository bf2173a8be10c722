// Records → rows of the table. A row that stays is changed in place and never moved, so that the focus stays where it is.
import type { RequestItem } from './answers.js';
import { byId, element, setText } from './dom.js';
import { count, dollars, millis, UNKNOWN, when, whenInFull } from './format.js';
import { showWhy } from './why.js';

const COLUMNS = 12;
const rows = new Map<string, HTMLTableRowElement>();

/** @param records newest first */
export function showRows(records: readonly RequestItem[]): void {
  const body = byId<HTMLTableSectionElement>('requests');
  const wanted = new Set(records.map(({ id }) => id));
  for (const [id, row] of rows) {
    if (wanted.has(id)) continue;
    row.remove();
    rows.delete(id);
  }
  records.forEach((record, index) => {
    const row = rows.get(record.id) ?? newRow(record);
    if (body.children[index] !== row) body.insertBefore(row, body.children[index] ?? null);
    fill(row, record);
  });
}

function newRow({ id, time }: RequestItem): HTMLTableRowElement {
  const row = element('tr');
  const head = element('th');
  head.scope = 'row';
  const button = element('button', when(time));
  button.type = 'button';
  button.title = `${whenInFull(time)}, ${id}`;
  button.setAttribute('aria-label', `Why: request of ${when(time)}`);
  button.addEventListener('click', () => void showWhy(id));
  const cell = element('td');
  cell.append(button);
  row.append(cell);
  for (let i = 1; i < COLUMNS; i++) row.append(element('td'));
  rows.set(id, row);
  return row;
}

function fill(row: HTMLTableRowElement, record: RequestItem): void {
  const { ai, request, usage, timing, error, outcome } = record;
  const stopped = record.steps.findLast(
    ({ policy, mode, verdict }) =>
      policy !== null && mode === 'enforce' && (verdict === 'deny' || verdict === 'failed'),
  );
  const stop = [stopped?.policy ?? null, error?.code ?? null].filter(part => part !== null).join(': ');
  const cells: readonly (readonly [text: string, className: string])[] = [
    [outcome, outcome],
    [record.status === null ? UNKNOWN : String(record.status), 'number'],
    [record.consumer?.name ?? UNKNOWN, 'text'],
    [ai.model_served ?? ai.model ?? UNKNOWN, 'text'],
    [ai.is_ai ? ai.api : `${request.method} ${request.path}`, 'text'],
    [stop === '' ? UNKNOWN : stop, 'text'],
    [count(usage.input_tokens), 'number'],
    [count(usage.output_tokens), 'number'],
    [dollars(record.cost.usd), 'number'],
    [millis(timing.total_ms), 'number'],
    [millis(timing.gateway_ms), 'number'],
  ];
  cells.forEach(([text, className], index) => {
    const cell = row.children[index + 1];
    if (!(cell instanceof HTMLElement) || cell.textContent === text) return;
    setText(cell, text);
    cell.className = className;
    cell.title = className === 'text' ? text : '';
  });
}
