// E-mail addresses, found from their @: what may stand before it, backwards; a domain of two labels or more behind it.
import { classAt, DIGIT, isAt, isWideLetterAt, LETTER, LOCAL } from './classes';

/** Where the address found last begins. */
export let emailStart: usize = 0;

/** End of the address around the @ at `at`, which begins at `floor` at the earliest; 0 where there is none. */
export function emailEnd(at: usize, floor: usize): usize {
  emailStart = localStart(at, floor);
  if (emailStart == at || load<u8>(at - 1) == 0x2e /* . */) return 0;
  const end = domainEnd(at + 1);
  if (end == 0) return 0;
  // git@host:path is where a repository lies, and says nothing of a person.
  const after = <i32>load<u8>(end);
  if (at - emailStart == 3 && isAt(emailStart, 'git') && (after == 0x3a || after == 0x2f)) return 0;
  return end;
}

function localStart(at: usize, floor: usize): usize {
  let start = at;
  while (start > floor) {
    if ((classAt(start - 1) & LOCAL) != 0) start--;
    else if (start >= floor + 2 && isWideLetterAt(start - 2)) start -= 2;
    else break;
  }
  // Quotes, dots and dashes before an address are the sentence's.
  while (start < at && !beginsLocal(start)) start++;
  return start;
}

function beginsLocal(at: usize): bool {
  const byte = <i32>load<u8>(at);
  return byte >= 0x80 || byte == 0x5f || (classAt(at) & (LETTER | DIGIT)) != 0;
}

/** End of the longest domain at `from` whose last label is a top-level domain by its looks; 0: none. */
function domainEnd(from: usize): usize {
  let end: usize = 0;
  let label = from;
  let labels = 0;
  while (true) {
    let letters: usize = 0;
    let at = label;
    while (true) {
      const kind = classAt(at);
      if ((kind & LETTER) != 0) {
        letters++;
        at++;
      } else if ((kind & DIGIT) != 0 || (load<u8>(at) == 0x2d && at > label)) at++;
      else if (isWideLetterAt(at)) {
        letters += 2;
        at += 2;
      } else break;
    }
    if (at == label) break;
    labels++;
    if (labels > 1 && isFileEnding(label, at - label)) end = 0;
    else if (labels > 1 && isTopLevel(label, at, letters)) end = at;
    if (load<u8>(at) != 0x2e || load<u8>(at - 1) == 0x2d) break;
    label = at + 1;
  }
  return end;
}

function isTopLevel(label: usize, end: usize, letters: usize): bool {
  const length = end - label;
  if (length < 2 || length > 24) return false;
  if (isAt(label, 'xn--')) return true;
  return letters == length;
}

/** `icon@2x.png`, `lib@4.min.js`: endings of files that are no top-level domains. */
function isFileEnding(label: usize, length: usize): bool {
  if (length == 2) return isAt(label, 'js');
  if (length == 3) {
    if (isAt(label, 'png') || isAt(label, 'jpg') || isAt(label, 'gif') || isAt(label, 'svg')) return true;
    return (
      isAt(label, 'css') ||
      isAt(label, 'ico') ||
      isAt(label, 'tgz') ||
      isAt(label, 'whl') ||
      isAt(label, 'mjs')
    );
  }
  return (
    length == 4 && (isAt(label, 'webp') || isAt(label, 'jpeg') || isAt(label, 'json') || isAt(label, 'html'))
  );
}
