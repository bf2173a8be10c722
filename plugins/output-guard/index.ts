// output-guard: forbidden texts do not leave in an answer. A tail that may be the beginning of one is cut off and kept, and the answer held back,
// until the next piece of that text, or its end, decides; then it goes out, written over where it was forbidden. README.md has the settings.
import {
  ByteView,
  ByteWriter,
  config,
  deny,
  DENY,
  event,
  EventKind,
  evidence,
  GO_ON,
  held,
  HOLD,
} from '../sdk';
import {
  addCarry,
  byteBefore,
  bytesOf,
  carryOf,
  choiceOf,
  closeCarries,
  countMatch,
  firstCarry,
  firstText,
  kindOf,
  matches,
  openCarries,
  places,
  removeCarry,
} from './carries';
import {
  endsAnswer,
  forbiddenAt,
  hasWords,
  isWord,
  lookAt,
  matched,
  mayBegin,
  NONE,
  OPEN,
  readTexts,
  replacementOf,
} from './texts';

/** By EventKind. */
const KIND_NAMES: string[] = ['text', 'reasoning', 'refusal', 'tool_arguments'];

let kinds: i32 = 0b1111;
let message: string = '';
const input = new ByteWriter(1024);
const output = new ByteWriter(1024);
/** How far the text is decided. */
let decided: i32 = 0;
let lastByte: i32 = 0;

export function configure(): i32 {
  const setting = config.at('kinds');
  const names = setting.strings();
  if (names.length > 0) kinds = 0;
  for (let i = 0; i < names.length; i++) {
    const kind = KIND_NAMES.indexOf(names[i]);
    if (kind < 0) setting.wrong(`of ${KIND_NAMES.join(', ')}`);
    else kinds |= 1 << kind;
  }
  message = config.string('message', 'the answer was ended: it holds a text that is not allowed here');
  readTexts();
  return config.check();
}

export function on_event(): i32 {
  const kind = event.kind;
  openCarries();
  if (kind == EventKind.END) return end();
  const result = ((kinds >> kind) & 1) == 0 ? GO_ON : piece(kind, event.choice, event.bytes);
  closeCarries();
  if (result == DENY) return DENY;
  return places > 0 ? HOLD : GO_ON;
}

function piece(kind: EventKind, choice: i32, text: ByteView): i32 {
  const carry = carryOf(kind, choice);
  if (carry < 0 && !hasWords && !isSuspicious(text)) return GO_ON;
  input.clear();
  lastByte = 0;
  if (carry >= 0) {
    lastByte = byteBefore(carry);
    input.bytes(bytesOf(carry));
    removeCarry(carry);
  }
  const whole = input.bytes(text).view();
  const refused = decide(whole, false);
  if (refused >= 0) return refuse(kind, refused);
  // A byte before that is of no word is as good as none.
  const isKept = decided < whole.length || (hasWords && isWord(lastByte));
  const rest = whole.slice(decided);
  if (isKept && !addCarry(kind, choice, lastByte, rest) && rest.length > 0) return crowded();
  const clean = output.view();
  if (!clean.equals(text)) event.replaceBytes(clean);
  return GO_ON;
}

function isSuspicious(text: ByteView): bool {
  for (let i = 0; i < text.length; i++) if (mayBegin(text.byteAt(i))) return true;
  return false;
}

/** What is decided of the text into `output`; the index of a text that ends the answer, or NONE. */
function decide(text: ByteView, isEnd: bool): i32 {
  output.clear();
  lookAt(text);
  let at = 0;
  let copied = 0;
  let found = NONE;
  while (at < text.length) {
    const byte = text.byteAt(at);
    found = mayBegin(byte) ? forbiddenAt(text, at, lastByte, isEnd) : NONE;
    if (found == OPEN) break;
    if (found == NONE) {
      lastByte = byte;
      at++;
      continue;
    }
    countMatch(found);
    if (endsAnswer(found)) return found;
    output.bytes(text.slice(copied, at)).bytes(replacementOf(found));
    at += matched;
    copied = at;
    lastByte = text.byteAt(at - 1);
  }
  output.bytes(text.slice(copied, at));
  decided = at;
  return NONE;
}

/** Every tail that is still kept goes behind the last piece of its text. */
function end(): i32 {
  for (let carry = firstCarry(); carry >= 0; carry = firstCarry()) {
    const kind = kindOf(carry);
    const choice = choiceOf(carry);
    lastByte = byteBefore(carry);
    const refused = decide(input.clear().bytes(bytesOf(carry)).view(), true);
    if (refused >= 0) return refuse(kind, refused);
    const isOpen = bytesOf(carry).length > 0;
    removeCarry(carry);
    if (isOpen) held.append(kind, choice, output.view());
  }
  evidence.number('matches', matches());
  if (matches() > 0) evidence.number('first_text', firstText());
  return GO_ON;
}

function refuse(kind: EventKind, text: i32): i32 {
  evidence.number('matches', matches());
  evidence.number('first_text', text);
  evidence.text('in', KIND_NAMES[kind]);
  return deny(403, 'output_forbidden', message);
}

function crowded(): i32 {
  return deny(
    502,
    'output_unguarded',
    'the answer was ended: too many of its texts are open at once to be looked at',
  );
}
