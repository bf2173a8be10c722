// The page's program, as text, because the package ships what tsc writes and nothing else. It runs in browsers: no
// back-ticks in it, and every string from outside goes in by textContent or an attribute, never as markup (a test looks).

export const APP_JS = `'use strict';
const POLL_MS = 2000;
const byId = id => document.getElementById(id);
const state = { cursor: null, next: null, timer: 0, turn: 0, rows: new Map() };

const whole = new Intl.NumberFormat();
const number = value => (value === null || value === undefined ? '–' : whole.format(value));
const millis = value => (value === null || value === undefined ? '–' : value < 10 ? value.toFixed(2) : whole.format(Math.round(value)));

async function ask(path) {
  const response = await fetch(path, { headers: { accept: 'application/json' }, cache: 'no-store' });
  const body = await response.json();
  if (!response.ok) throw new Error(body.error ? body.error.message : 'status ' + response.status);
  return body;
}

function listPath() {
  const params = new URLSearchParams({ limit: '50' });
  for (const [name, value] of new FormData(byId('filters'))) if (value.trim() !== '') params.set(name, value.trim());
  if (state.cursor !== null) params.set('cursor', state.cursor);
  return '/api/requests?' + params;
}

async function refresh() {
  clearTimeout(state.timer);
  const turn = ++state.turn;
  try {
    const asked = [listPath(), '/api/summary', '/api/limits?top=3', '/api/plugins'];
    const [page, summary, limits, plugins] = await Promise.all(asked.map(ask));
    if (turn !== state.turn) return;
    showRequests(page);
    showTotals(summary);
    showLimits(limits.items);
    showPlugins(plugins.items);
    byId('state').textContent = state.cursor === null ? 'live' : 'older requests (not live)';
  } catch (error) {
    if (turn !== state.turn) return;
    byId('state').textContent = 'no answer: ' + error.message;
  }
  if (!document.hidden && state.cursor === null) state.timer = setTimeout(refresh, POLL_MS);
}

function showTotals(summary) {
  const tokens = summary.tokens;
  const totals = [
    ['Requests', number(summary.requests)],
    ['Running', number(summary.inflight)],
    ...Object.entries(summary.outcomes).map(([outcome, count]) => [outcome, number(count)]),
    ['Input tokens', number(tokens.input || 0)],
    ['of these cached', number(tokens.cached_input || 0)],
    ['Output tokens', number(tokens.output || 0)],
    ['of these reasoning', number(tokens.reasoning || 0)],
    ['First byte, mean ms', millis(summary.first_byte_ms)],
    ['In Weir, mean ms', millis(summary.gateway_ms)],
  ];
  byId('totals').replaceChildren(...totals.map(([name, value]) => {
    const group = document.createElement('div');
    group.append(element('dt', name), element('dd', value));
    return group;
  }));
}

function showLimits(items) {
  byId('limits-section').hidden = items.length === 0;
  byId('limits').replaceChildren(...items.map(item => {
    const whose = item.by === null ? 'name not known' : Object.values(item.by).join(', ');
    const money = value => (item.unit === 'usd' ? '$' + value : number(value));
    const taken = Number(item.limit) - Number(item.available);
    const bar = document.createElement('meter');
    bar.max = Number(item.limit);
    bar.high = bar.max * 0.8;
    bar.optimum = 0;
    bar.value = taken;
    const label = item.policy + (whose === '' ? '' : ' · ' + whose) + (item.mode === 'shadow' ? ' (shadow)' : '');
    bar.setAttribute('aria-label', label);
    const row = document.createElement('li');
    row.title = item.allows;
    row.append(
      element('span', label),
      bar,
      element('span', Math.floor((taken / bar.max) * 100) + ' %', 'number'),
      element('span', money(item.used) + ' used, ' + money(item.held) + ' held, ' + money(item.available) + ' left', 'quiet'),
    );
    return row;
  }));
}

function showPlugins(items) {
  byId('plugins-section').hidden = items.length === 0;
  byId('plugins').replaceChildren(...items.map(item => {
    const version = item.version === null ? '' : ' ' + item.version;
    const where = item.dropped ? ' (dropped)' : item.mode === 'shadow' ? ' (shadow)' : '';
    const row = document.createElement('li');
    row.title = item.file + (item.sha256 === null ? '' : ', SHA-256 ' + item.sha256);
    row.append(
      element('span', item.policy + (item.name === null || item.name === item.policy ? version : ' · ' + item.name + version) + where),
      element('span', number(item.counts.calls) + ' calls, ' + number(item.counts.failed) + ' failed'),
      element('span', item.state, 'number'),
      element('span', item.reason || '', 'quiet'),
    );
    return row;
  }));
}

function element(tag, text, className) {
  const node = document.createElement(tag);
  node.textContent = text;
  if (className) node.className = className;
  return node;
}

// Rows that stay are changed in place and never moved, so that the focus stays where it is.
function showRequests(page) {
  const body = byId('requests');
  const seen = new Set();
  page.items.forEach((record, index) => {
    seen.add(record.id);
    const row = rowOf(record);
    if (body.children[index] !== row) body.insertBefore(row, body.children[index] || null);
  });
  for (const [id, row] of state.rows) {
    if (seen.has(id)) continue;
    row.remove();
    state.rows.delete(id);
  }
  state.next = page.next;
  byId('empty').hidden = page.items.length > 0;
  byId('older').hidden = page.next === null;
  byId('newest').hidden = state.cursor === null;
}

function rowOf(record) {
  let row = state.rows.get(record.id);
  if (!row) {
    row = document.createElement('tr');
    const time = document.createElement('td');
    const button = element('button', new Date(record.time).toLocaleTimeString());
    button.type = 'button';
    button.title = record.id;
    button.setAttribute('aria-label', 'Why: request of ' + button.textContent);
    button.addEventListener('click', () => showWhy(record.id));
    time.append(button);
    row.append(time);
    for (let i = 0; i < 9; i++) row.append(document.createElement('td'));
    state.rows.set(record.id, row);
  }
  const cells = [
    [record.outcome, record.outcome],
    [record.status === null ? '–' : String(record.status), 'number'],
    [record.consumer ? record.consumer.name : '–', ''],
    [record.ai.model_served || record.ai.model || '–', ''],
    [record.ai.is_ai ? record.ai.api : record.request.method + ' ' + record.request.path, ''],
    [number(record.usage.input_tokens), 'number'],
    [number(record.usage.output_tokens), 'number'],
    [millis(record.timing.total_ms), 'number'],
    [millis(record.timing.gateway_ms), 'number'],
  ];
  cells.forEach(([text, className], index) => {
    const cell = row.children[index + 1];
    if (cell.textContent === text) return;
    cell.textContent = text;
    cell.className = className;
    cell.title = text;
  });
  return row;
}

async function showWhy(id) {
  byId('why-id').textContent = id;
  byId('why-record').href = '/api/requests/' + encodeURIComponent(id);
  byId('why-sentences').replaceChildren(element('p', '…'));
  byId('why').showModal();
  let sentences;
  try {
    sentences = (await ask('/api/requests/' + encodeURIComponent(id) + '/why')).sentences;
  } catch (error) {
    sentences = [error.message];
  }
  if (byId('why-id').textContent !== id) return;
  byId('why-sentences').replaceChildren(...sentences.map(sentence => element('p', sentence)));
}

function restart() {
  state.cursor = null;
  refresh();
}

byId('why-close').addEventListener('click', () => byId('why').close());
byId('filters').addEventListener('submit', event => event.preventDefault());
byId('filters').addEventListener('input', () => {
  clearTimeout(state.timer);
  state.timer = setTimeout(restart, 200);
});
byId('newest').addEventListener('click', restart);
byId('older').addEventListener('click', () => {
  state.cursor = state.next;
  refresh();
});
document.addEventListener('visibilitychange', () => {
  clearTimeout(state.timer);
  if (!document.hidden && state.cursor === null) refresh();
});
refresh();
`;
