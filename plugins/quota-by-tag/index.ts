// quota-by-tag: so many requests, bytes or tokens a window for each value of a tag (or consumer, end user, header, …). Counted in the gateway's
// counters, so that all threads share them; what is refused is given back. README.md has the settings.
import {
  answer,
  config,
  COUNTER_REFUSED,
  counters,
  deny,
  evidence,
  GO_ON,
  log,
  messages,
  nowMs,
  request,
  state,
} from '../sdk';
import { counterKey, Limit, readLimits, Unit } from './limit';

/** An answer may end after its window, so a counter outlives it. */
const GRACE_MS: i64 = 86_400_000;
const RETRY_MS_MAX: i64 = i32.MAX_VALUE;
const SAID_MAX = 64;

let limits: Limit[] = [];
let refusesFull: bool = true;
let status: i32 = 429;

/** What this request has taken: keys and amounts, by limit; '' nothing. */
const keys: string[] = ['', '', '', ''];
const amounts: i64[] = [0, 0, 0, 0];

export function configure(): i32 {
  limits = readLimits();
  refusesFull = config.oneOf('on_full', ['refuse', 'pass'], 'refuse') == 'refuse';
  status = <i32>config.integer('status', 429, 400, 599);
  return config.check();
}

export function on_request(): i32 {
  for (let i = 0; i < limits.length; i++) {
    const result = take(i, limits[i]);
    if (result == GO_ON) continue;
    for (let j = 0; j < i; j++) giveBack(j);
    return result;
  }
  remember();
  return GO_ON;
}

function take(i: i32, limit: Limit): i32 {
  const subject = limit.subject();
  if (subject == '' && limit.refusesAbsent)
    return deny(
      403,
      'quota_no_value',
      `a request without ${limit.by} is not served: quotas are by ${limit.by}`,
    );
  if (subject == '' && !limit.countsAbsent) return GO_ON;
  const name = subject == '' ? '(none)' : subject;
  const now = nowMs();
  const window = now / limit.windowMs;
  const asked = askedOf(limit.unit);
  const amount = limit.amountOf(name);
  keys[i] = counterKey(i, limit, window, name);
  amounts[i] = asked;
  const used = counters.add(keys[i], asked, ttlOf(limit));
  if (used == COUNTER_REFUSED) return full(i);
  const resetMs = (window + 1) * limit.windowMs - now;
  say(i, 'used', used - asked);
  say(i, 'asked', asked);
  say(i, 'limit', amount);
  say(i, 'reset_ms', resetMs);
  // Output is known only afterwards: a request passes as long as anything is left.
  const fits = asked > 0 ? used <= amount : used < amount;
  if (fits) return GO_ON;
  giveBack(i);
  return refuse(limit, name, amount, asked, resetMs);
}

function askedOf(unit: Unit): i64 {
  if (unit == Unit.REQUESTS) return 1;
  if (unit == Unit.OUTPUT_TOKENS) return 0;
  if (unit != Unit.BYTES && request.inputTokens >= 0) return request.inputTokens;
  let bytes: i64 = 0;
  const count = messages.count;
  for (let i = 0; i < count; i++) bytes += messages.length(i);
  // Where Weir could not count: four bytes a token are usual for English.
  return unit == Unit.BYTES ? bytes : (bytes + 3) / 4;
}

function ttlOf(limit: Limit): i64 {
  return limit.windowMs + GRACE_MS;
}

function giveBack(i: i32): void {
  if (keys[i] != '' && amounts[i] != 0) counters.add(keys[i], -amounts[i], ttlOf(limits[i]));
  keys[i] = '';
}

function full(i: i32): i32 {
  keys[i] = '';
  log.warn('all counters of this policy are in use: raise counters: in its entry');
  evidence.text('counters', 'full');
  if (!refusesFull) return GO_ON;
  return deny(503, 'quota_counters_full', 'quotas cannot be counted now: too many values are in use', 60_000);
}

/** Several quotas have their number in the key. */
function say(i: i32, key: string, value: i64): void {
  evidence.number(limits.length == 1 ? key : `${key}.${i}`, value);
}

function refuse(limit: Limit, name: string, amount: i64, asked: i64, resetMs: i64): i32 {
  const unit = unitName(limit.unit);
  const whose = `${limit.by} "${name.slice(0, SAID_MAX)}"`;
  evidence.text('refused_by', limit.by);
  if (asked > amount)
    return deny(
      413,
      'quota_too_small',
      `this request needs ${asked} ${unit}; ${whose} has ${amount} per ${limit.written}`,
    );
  const message = `the quota of ${amount} ${unit} per ${limit.written} for ${whose} is used up; it begins anew in ${spoken(resetMs)}`;
  return deny(status, 'quota_exceeded', message, <i32>min(resetMs, RETRY_MS_MAX));
}

function unitName(unit: Unit): string {
  if (unit == Unit.REQUESTS) return 'requests';
  if (unit == Unit.BYTES) return 'bytes';
  return unit == Unit.TOKENS ? 'tokens' : unit == Unit.INPUT_TOKENS ? 'input tokens' : 'output tokens';
}

function spoken(ms: i64): string {
  const seconds = (ms + 999) / 1000;
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${seconds / 60} min`;
  return seconds < 172_800 ? `${seconds / 3600} h` : `${seconds / 86_400} d`;
}

/** Lines of key and what was taken, for on_end. */
function remember(): void {
  let lines = '';
  for (let i = 0; i < limits.length; i++) lines += `${keys[i]}\t${amounts[i]}\n`;
  state.setText(lines);
}

/** What the answer has cost beyond what was taken. */
export function on_end(): void {
  const lines = state.text.split('\n');
  for (let i = 0; i < limits.length && i < lines.length; i++) {
    const tab = lines[i].indexOf('\t');
    if (tab <= 0) continue;
    const more = owed(limits[i].unit, <i64>parseInt(lines[i].slice(tab + 1)));
    if (more == 0) continue;
    const used = counters.add(lines[i].slice(0, tab), more, ttlOf(limits[i]));
    if (used != COUNTER_REFUSED) say(i, 'used_after', used);
  }
}

function owed(unit: Unit, taken: i64): i64 {
  const output = max<i64>(answer.outputTokens, 0);
  const input = answer.inputTokens;
  const change = input < 0 ? 0 : input - taken;
  if (unit == Unit.INPUT_TOKENS) return change;
  if (unit == Unit.OUTPUT_TOKENS) return output;
  return unit == Unit.TOKENS ? output + change : 0;
}
