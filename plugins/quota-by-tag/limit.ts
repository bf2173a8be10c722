// One quota of the configuration: what it counts, for whom, how much, in which window; and the key of its counter.
import { config, request, Setting } from '../sdk';
import { headers } from '../sdk';

const UNITS: string[] = ['requests', 'bytes', 'input_tokens', 'output_tokens', 'tokens'];
const FIELDS: string[] = ['consumer', 'key', 'end_user', 'client_ip', 'model', 'provider'];
const DAY_MS: i64 = 86_400_000;
/** A counter lives at most 31 days; one is left for answers that end after their window. */
const WINDOW_MS_MAX: i64 = 30 * DAY_MS;
const AMOUNT_MAX: i64 = 1_000_000_000_000_000;
/** Longer values, and those with unusual characters, go by their hash: a counter's key has 64 bytes. */
const VALUE_MAX = 32;

export const enum Unit {
  REQUESTS = 0,
  BYTES = 1,
  INPUT_TOKENS = 2,
  OUTPUT_TOKENS = 3,
  TOKENS = 4,
}

export class Limit {
  unit: Unit = Unit.REQUESTS;
  by: string = '';
  amount: i64 = 0;
  windowMs: i64 = 0;
  written: string = '';
  /** Values with an amount of their own. */
  values: string[] = [];
  amounts: i64[] = [];
  refusesAbsent: bool = false;
  countsAbsent: bool = true;

  /** Who it is that asks; '' where the request has no such thing. */
  subject(): string {
    if (this.by.startsWith('tag.')) return orEmpty(request.tag(this.by.slice(4)));
    if (this.by.startsWith('header.')) return orEmpty(headers.get(this.by.slice(7).toLowerCase()));
    switch (FIELDS.indexOf(this.by)) {
      case 0:
        return request.consumer;
      case 1:
        return `${request.consumer}/${request.key}`;
      case 2:
        return request.endUser;
      case 3:
        return request.clientIp;
      case 4:
        return request.model;
      default:
        return request.provider;
    }
  }

  amountOf(subject: string): i64 {
    const at = this.values.indexOf(subject);
    return at < 0 ? this.amount : this.amounts[at];
  }
}

function orEmpty(text: string | null): string {
  return text === null ? '' : text;
}

export function readLimit(given: Setting): Limit {
  const limit = new Limit();
  limit.unit = <Unit>UNITS.indexOf(given.get('unit').oneOf(UNITS, 'requests'));
  limit.by = readBy(given.get('by'));
  const amount = given.get('limit');
  if (amount.absent) amount.wrong('how much a window allows');
  limit.amount = amount.integer(0, 0, AMOUNT_MAX);
  readWindow(given.get('per'), limit);
  const absent = given.get('absent').oneOf(['count', 'pass', 'refuse'], 'count');
  limit.refusesAbsent = absent == 'refuse';
  limit.countsAbsent = absent == 'count';
  const values = given.get('values');
  limit.values = values.keys();
  for (let i = 0; i < limit.values.length; i++)
    limit.amounts.push(values.get(limit.values[i]).integer(0, 0, AMOUNT_MAX));
  given.closed();
  return limit;
}

function readBy(given: Setting): string {
  const by = given.string('consumer');
  const isNamed = (by.startsWith('tag.') && by.length > 4) || (by.startsWith('header.') && by.length > 7);
  if (!isNamed && !FIELDS.includes(by))
    given.wrong(`tag.<name>, header.<name>, or one of ${FIELDS.join(', ')}`);
  return by;
}

/** `90s`, `15m`, `1h`, `1d`: windows begin at multiples of it since 1970, in UTC. */
function readWindow(given: Setting, limit: Limit): void {
  const text = given.string('1h');
  limit.written = text;
  let count: i64 = 0;
  for (let i = 0; i < text.length - 1; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9 || i > 8) count = WINDOW_MS_MAX;
    else count = count * 10 + digit;
  }
  const unit = text.length > 0 ? text.charCodeAt(text.length - 1) : 0;
  const unitMs: i64 =
    unit == 0x73 ? 1000 : unit == 0x6d ? 60_000 : unit == 0x68 ? 3_600_000 : unit == 0x64 ? DAY_MS : 0;
  limit.windowMs = count * unitMs;
  if (limit.windowMs < 1000 || limit.windowMs > WINDOW_MS_MAX) {
    given.wrong('a number with s, m, h or d, from 1s to 30d');
    limit.windowMs = 1000;
  }
}

export function counterKey(index: i32, limit: Limit, window: i64, subject: string): string {
  return `${index}:${window}:${short(subject)}`;
}

function short(subject: string): string {
  let isPlain = subject.length <= VALUE_MAX && !subject.startsWith('#');
  let hash: u64 = 0xcbf29ce484222325; // FNV-1a, 64 bit
  for (let i = 0; i < subject.length; i++) {
    const unit = subject.charCodeAt(i);
    hash = (hash ^ <u64>(unit & 0xff)) * 0x100000001b3;
    hash = (hash ^ <u64>(unit >> 8)) * 0x100000001b3;
    isPlain = isPlain && unit > 0x20 && unit < 0x7f;
  }
  return isPlain ? subject : `#${hash.toString(16)}`;
}

export function readLimits(): Limit[] {
  const given = config.at('limits');
  const items = given.items();
  if (items.length < 1 || items.length > 4) given.wrong('a list of one to four quotas');
  const limits: Limit[] = [];
  for (let i = 0; i < items.length; i++) limits.push(readLimit(items[i]));
  return limits;
}
