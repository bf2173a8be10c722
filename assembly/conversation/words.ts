// The words that decide something: roles, types, media types, details. Few a message, so compared one by one.
import { SCRATCH, SCRATCH_BYTES } from './layout';
import { hexDigit } from './lexeme';
import * as M from './meanings';

/** Undoes the escapes of the string at [from, to) into SCRATCH; what is not ASCII becomes 0xff, which no word has. Returns the length. */
export function unescape(from: usize, to: usize): i32 {
  let length = 0;
  while (from < to && length < SCRATCH_BYTES) {
    let c = <i32>load<u8>(from++);
    if (c == 0x5c) {
      c = <i32>load<u8>(from++);
      if (c == 0x75) {
        c = 0;
        for (let i: usize = 0; i < 4; i++) c = (c << 4) | hexDigit(<i32>load<u8>(from + i));
        if (c > 0x7f) c = 0xff;
        from += 4;
      } else if (c == 0x6e || c == 0x72 || c == 0x74 || c == 0x62 || c == 0x66) c = 0x0a; // some control byte
    }
    store<u8>(SCRATCH + length++, <u8>c);
  }
  return length;
}

/** Whether the bytes at `from` are the ASCII text `word`, in any case. */
function is(from: usize, length: i32, word: string): bool {
  return length == word.length && begins(from, length, word);
}

function begins(from: usize, length: i32, word: string): bool {
  if (length < word.length) return false;
  for (let i = 0; i < word.length; i++) {
    const c = <i32>load<u8>(from + i);
    const lower = c >= 0x41 && c <= 0x5a ? c | 0x20 : c;
    if (lower != word.charCodeAt(i)) return false;
  }
  return true;
}

function ends(from: usize, length: i32, word: string): bool {
  return length >= word.length && begins(from + length - word.length, word.length, word);
}

export function roleOfWord(p: usize, n: i32): i32 {
  if (is(p, n, 'user') || is(p, n, 'human')) return M.USER;
  if (is(p, n, 'assistant') || is(p, n, 'model') || is(p, n, 'chatbot')) return M.ASSISTANT;
  if (is(p, n, 'system')) return M.SYSTEM;
  if (is(p, n, 'tool') || is(p, n, 'function')) return M.TOOL_ROLE;
  return is(p, n, 'developer') ? M.DEVELOPER : M.NO_ROLE;
}

export function detailOfWord(p: usize, n: i32): i32 {
  if (begins(p, n, 'media_resolution_')) {
    p += 17;
    n -= 17;
  }
  if (is(p, n, 'low')) return M.DETAIL_LOW;
  if (is(p, n, 'high') || is(p, n, 'ultra_high') || is(p, n, 'original')) return M.DETAIL_HIGH;
  return is(p, n, 'auto') || is(p, n, 'medium') ? M.DETAIL_AUTO : M.DETAIL_NONE;
}

export function typeOfWord(p: usize, n: i32): i32 {
  if (begins(p, n, 'input_')) {
    p += 6;
    n -= 6;
  }
  if (is(p, n, 'message')) return M.T_MESSAGE;
  if (is(p, n, 'image') || is(p, n, 'image_url') || is(p, n, 'computer_screenshot')) return M.T_IMAGE;
  if (is(p, n, 'document') || is(p, n, 'file') || is(p, n, 'container_upload')) return M.T_FILE;
  if (is(p, n, 'audio')) return M.T_AUDIO;
  if (is(p, n, 'video')) return M.T_VIDEO;
  if (is(p, n, 'reasoning_text') || is(p, n, 'thinking')) return M.T_REASONING;
  if (is(p, n, 'item_reference')) return M.T_REFERENCE;
  if (is(p, n, 'compaction')) return M.T_COMPACTION;
  if (ends(p, n, '_output') || is(p, n, 'mcp_approval_response')) return M.T_OUTPUT;
  return M.T_OTHER;
}

export function sourceTypeOfWord(p: usize, n: i32): i32 {
  return is(p, n, 'text') ? M.T_TEXT : M.T_OTHER;
}

export function typeOfMedia(p: usize, n: i32): i32 {
  if (begins(p, n, 'image/')) return M.T_IMAGE;
  if (begins(p, n, 'audio/')) return M.T_AUDIO;
  return begins(p, n, 'video/') ? M.T_VIDEO : M.T_FILE;
}
