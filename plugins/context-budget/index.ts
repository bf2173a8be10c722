// context-budget: a history that is over its budget loses its oldest turns, or the request is refused. Whole messages go, from the beginning up
// to a message of the user, so that what is left is a conversation that every provider takes. README.md has the settings.
import { body, ByteView, config, deny, evidence, GO_ON, messages, request } from '../sdk';
import { History } from './history';

let messagesMax: i64 = 0;
let bytesMax: i64 = 0;
let tokensMax: i64 = 0;
let keepLast: i32 = 1;
let drops: bool = true;
let refusesRest: bool = true;
let status: i32 = 413;

/** What is left when the entries before the cut are gone. */
let messagesLeft: i64 = 0;
let bytesLeft: i64 = 0;
let tokensLeft: i64 = 0;
/** Tokens of the request for a token of the entries' JSON, times 1,024. */
let scale: i64 = 1024;

export function configure(): i32 {
  messagesMax = config.integer('max_messages', 0, 0, 1 << 30);
  bytesMax = config.integer('max_bytes', 0, 0, 1 << 30);
  tokensMax = config.integer('max_tokens', 0, 0, 1 << 30);
  if (messagesMax + bytesMax + tokensMax == 0)
    config.problem('config must have at least one of max_messages, max_bytes and max_tokens');
  keepLast = <i32>config.integer('keep_last', 1, 1, 100_000);
  drops = config.oneOf('over', ['drop', 'refuse'], 'drop') == 'drop';
  refusesRest = config.oneOf('still_over', ['refuse', 'pass'], 'refuse') == 'refuse';
  status = <i32>config.integer('status', 413, 400, 599);
  return config.check();
}

export function on_request(): i32 {
  const read = body.bytes;
  if (read === null) return GO_ON;
  const history = new History(read);
  if (history.list < 0) return withoutList();
  measure(history);
  if (isWithin()) return GO_ON;
  if (!drops) return refuse();
  const cut = cutOf(history);
  if (!isWithin() && refusesRest) return refuse();
  if (cut > 0) drop(history, cut);
  else evidence.number('dropped', 0);
  return GO_ON;
}

function isWithin(): bool {
  if (messagesMax > 0 && messagesLeft > messagesMax) return false;
  if (bytesMax > 0 && bytesLeft > bytesMax) return false;
  return tokensMax == 0 || tokensLeft <= tokensMax;
}

function measure(history: History): void {
  messagesLeft = history.messages;
  bytesLeft = history.bytes;
  evidence.number('messages', messagesLeft);
  evidence.number('bytes', bytesLeft);
  if (tokensMax == 0) return;
  // Weir's own count has the system prompt and tools in it, too. Shares of it are found out only where it is over.
  tokensLeft = request.inputTokens;
  if (tokensLeft < 0 || tokensLeft > tokensMax) weigh(history);
  evidence.number('tokens', tokensLeft);
}

function weigh(history: History): void {
  let sum: i64 = 0;
  for (let i = 0; i < history.starts.length; i++) sum += history.weightOf(i);
  if (tokensLeft < 0) tokensLeft = sum;
  else if (sum > tokensLeft) scale = (tokensLeft << 10) / sum;
}

/** Index of the first entry of the shortest history that is within the budget, or of the shortest that there is; 0: nothing can go. */
function cutOf(history: History): i32 {
  const last = history.starts.length - keepLast;
  let cut = 0;
  for (let i = 0; i <= last && !isWithin(); i++) {
    if (!history.turns[i]) continue;
    for (let j = cut; j < i; j++) if (!history.pinned[j]) leaveOut(history, j);
    cut = i;
  }
  return cut;
}

function leaveOut(history: History, i: i32): void {
  messagesLeft--;
  bytesLeft -= history.sizeOf(i);
  if (tokensMax > 0) tokensLeft -= (history.weightOf(i) * scale) >> 10;
}

/** Moves what stays together, in place: it only becomes less. Everything outside the list keeps its bytes. */
function drop(history: History, cut: i32): void {
  const text = history.body;
  const count = history.starts.length;
  let to = history.starts[0];
  let dropped = 0;
  let isFirst = true;
  for (let i = 0; i < count; i++) {
    if (i < cut && !history.pinned[i]) {
      dropped++;
      continue;
    }
    if (!isFirst) to = comma(text, to);
    to = moved(text, history.starts[i], history.ends[i], to);
    isFirst = false;
  }
  to = moved(text, history.ends[count - 1], text.length, to);
  evidence.number('dropped', dropped);
  evidence.number('messages_after', messagesLeft);
  evidence.number('bytes_after', bytesLeft);
  if (tokensMax > 0) evidence.number('tokens_after', tokensLeft);
  body.replace(text.slice(0, to));
}

function comma(text: ByteView, to: i32): i32 {
  store<u8>(text.ptr + <usize>to, 0x2c);
  return to + 1;
}

function moved(text: ByteView, from: i32, end: i32, to: i32): i32 {
  memory.copy(text.ptr + <usize>to, text.ptr + <usize>from, <usize>(end - from));
  return to + end - from;
}

/** A prompt in one piece, or a shape that is not known: nothing can be left out of it. */
function withoutList(): i32 {
  const count = messages.count;
  messagesLeft = count;
  bytesLeft = 0;
  for (let i = 0; i < count; i++) bytesLeft += messages.length(i);
  tokensLeft = tokensMax > 0 ? request.inputTokens : 0;
  evidence.number('bytes', bytesLeft);
  return isWithin() ? GO_ON : refuse();
}

function refuse(): i32 {
  let over = '';
  if (messagesMax > 0 && messagesLeft > messagesMax)
    over = `${messagesLeft} messages; at most ${messagesMax}`;
  else if (bytesMax > 0 && bytesLeft > bytesMax) over = `${bytesLeft} bytes; at most ${bytesMax}`;
  else over = `about ${tokensLeft} tokens; at most ${tokensMax}`;
  const what = drops ? 'what has to be kept of the conversation is' : 'the conversation is';
  return deny(
    status,
    'context_too_long',
    `${what} ${over} are allowed here: begin a new one, or send less of it`,
  );
}
