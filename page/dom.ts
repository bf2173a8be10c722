// Elements. Every text from outside goes in as text: nothing on this page makes markup out of a string.

/** Throws where the skeleton has no such element: a mistake of the page's own. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no element ${id}`);
  return found as T;
}

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  text = '',
  className = '',
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  node.textContent = text;
  if (className !== '') node.className = className;
  return node;
}

/** Touches the document only where something changed: a screen reader hears of changes alone. */
export function setText(node: HTMLElement, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

export interface Column {
  readonly title: string;
  /** number: to the right; text: cut where it is long. */
  readonly as?: 'number' | 'text' | 'share' | 'reason';
}

export interface Cell {
  readonly text: string;
  readonly className?: string;
  readonly title?: string;
  /** 0 to 1, drawn as a bar instead of the text, which is then its name. */
  readonly fill?: number;
  readonly level?: 'high' | 'full' | undefined;
  readonly onPress?: () => void;
}

/** One row: its key is what stays the same while its numbers change. */
export interface Row {
  readonly key: string;
  readonly cells: readonly Cell[];
}

/** Shows `rows` as a table whose first column heads its row; `nothing` where there are none. Rows stay where they are, so the focus does too. */
export function showTable(
  place: HTMLElement,
  labelledBy: string,
  columns: readonly Column[],
  rows: readonly Row[],
  nothing: string,
): void {
  if (rows.length === 0) {
    if (place.textContent !== nothing || place.querySelector('table') !== null)
      place.replaceChildren(element('p', nothing, 'nothing'));
    return;
  }
  const body = place.querySelector('tbody') ?? newTable(place, labelledBy, columns);
  const known = new Map([...body.rows].map(row => [row.dataset.key, row]));
  rows.forEach(({ key, cells }, index) => {
    const row = known.get(key) ?? newRow(key, columns);
    known.delete(key);
    if (body.rows[index] !== row) body.insertBefore(row, body.rows[index] ?? null);
    cells.forEach((cell, at) => {
      const target = row.children[at];
      if (target instanceof HTMLElement) fillCell(target, cell);
    });
  });
  for (const row of known.values()) row.remove();
}

function newTable(
  place: HTMLElement,
  labelledBy: string,
  columns: readonly Column[],
): HTMLTableSectionElement {
  const table = element('table');
  table.setAttribute('aria-labelledby', labelledBy);
  const head = table.createTHead().insertRow();
  for (const { title, as } of columns) {
    const cell = element('th', title, as ?? '');
    cell.scope = 'col';
    head.append(cell);
  }
  const body = table.createTBody();
  const scroll = element('div', '', 'scroll');
  scroll.tabIndex = 0;
  scroll.setAttribute('role', 'group');
  scroll.setAttribute('aria-labelledby', labelledBy);
  scroll.append(table);
  place.replaceChildren(scroll);
  return body;
}

function newRow(key: string, columns: readonly Column[]): HTMLTableRowElement {
  const row = element('tr');
  row.dataset.key = key;
  columns.forEach(({ as }, at) => {
    const cell = element(at === 0 ? 'th' : 'td', '', as ?? '');
    if (at === 0) cell.scope = 'row';
    cell.dataset.as = as ?? '';
    row.append(cell);
  });
  return row;
}

function fillCell(target: HTMLElement, cell: Cell): void {
  const { text, className, title, fill, level, onPress } = cell;
  target.className = [target.dataset.as, className].filter(Boolean).join(' ');
  const hint = title ?? (target.dataset.as === 'text' ? text : '');
  if (target.title !== hint) target.title = hint;
  if (fill !== undefined) {
    const bar = target.querySelector('progress') ?? element('progress');
    bar.max = 1;
    bar.value = Math.min(1, Math.max(0, fill));
    bar.className = ['fill', level].filter(Boolean).join(' ');
    bar.setAttribute('aria-label', text);
    if (bar.parentElement !== target) target.replaceChildren(bar);
  } else if (onPress !== undefined) {
    const button = target.querySelector('button') ?? element('button');
    button.type = 'button';
    button.onclick = onPress;
    setText(button, text);
    if (button.parentElement !== target) target.replaceChildren(button);
  } else setText(target, text);
}
