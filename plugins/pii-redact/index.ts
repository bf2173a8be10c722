// pii-redact: personal data and secrets in what the model would read are written over, or the request is refused; the record says how many of
// each kind there were, never what they were. README.md has the settings.
import { config, deny, evidence, GO_ON, messages } from '../sdk';
import { fillClasses } from './classes';
import { fillCountries } from './iban';
import { Action, actionOf, countOf, Kind, KINDS, outputBytes, outputStart, quoteOutput } from './matches';
import { KIND_NAMES, prepareOutput, readKinds, readRoles, rolesAsked } from './settings';
import { scan } from './scan';
import { message_set_text, message_text } from '../sdk/weir';

/** Texts up to here need no more memory; behind them room for what they become. */
const TEXT_BYTES: usize = 40 * 1024;
/** Zeros around a text, so that looking around in it needs no bounds. */
const MARGIN: usize = 32;

let text: usize = 0;
let textRoom: usize = 0;
let status: i32 = 403;
let refusesUnwritable: bool = true;

export function configure(): i32 {
  fillClasses();
  fillCountries();
  readKinds();
  readRoles();
  status = <i32>config.integer('status', 403, 400, 599);
  refusesUnwritable = config.oneOf('unwritable', ['refuse', 'pass'], 'refuse') == 'refuse';
  makeRoom(TEXT_BYTES);
  prepareOutput(TEXT_BYTES);
  return config.check();
}

export function on_request(): i32 {
  const count = messages.count;
  let changed = 0;
  let unwritable = 0;
  for (let i = 0; i < count; i++) {
    if (!rolesAsked(i)) continue;
    const length = read(i);
    if (scan(text, text + <usize>length) == 0) continue;
    if (write(i, length)) changed++;
    else unwritable++;
  }
  return verdict(changed, unwritable);
}

/** Text `i` into memory, zeros around it; its length. */
function read(i: i32): i32 {
  const length = message_text(i, text, <i32>textRoom);
  if (<usize>length > textRoom) {
    makeRoom(<usize>length);
    message_text(i, text, length);
  }
  memory.fill(text + <usize>length, 0, MARGIN);
  return length;
}

function makeRoom(bytes: usize): void {
  const block = heap.alloc(bytes + 2 * MARGIN);
  memory.fill(block, 0, MARGIN);
  text = block + MARGIN;
  textRoom = bytes;
}

/** The redacted text in its place. A raw JSON value that was one number can only become a string. */
function write(i: i32, length: i32): bool {
  if (message_set_text(i, outputStart(), outputBytes()) >= 0) return true;
  if (length > 32) return false;
  quoteOutput();
  return message_set_text(i, outputStart(), outputBytes()) >= 0;
}

function verdict(changed: i32, unwritable: i32): i32 {
  let refused = '';
  for (let kind = 0; kind < KINDS; kind++) {
    const count = countOf(kind);
    if (count == 0) continue;
    evidence.number(KIND_NAMES[kind], count);
    if (actionOf(kind) == Action.REFUSE) refused += `${refused == '' ? '' : ', '}${said(kind, count)}`;
  }
  if (changed > 0) evidence.number('texts_changed', changed);
  if (unwritable > 0) evidence.number('texts_unwritable', unwritable);
  if (refused != '')
    return deny(status, 'pii_found', `the request holds ${refused}; take them out and send it again`);
  if (unwritable == 0 || !refusesUnwritable) return GO_ON;
  return deny(
    status,
    'pii_unwritable',
    `${unwritable} texts with personal data cannot be changed, signed reasoning for one`,
  );
}

function said(kind: i32, count: i32): string {
  const many = count == 1 ? '' : kind == Kind.EMAIL ? 'es' : 's';
  const name =
    kind == Kind.EMAIL
      ? 'e-mail address'
      : kind == Kind.PHONE
        ? 'telephone number'
        : kind == Kind.CARD
          ? 'card number'
          : kind == Kind.IBAN
            ? 'IBAN'
            : 'key';
  return `${count} ${name}${many}`;
}
