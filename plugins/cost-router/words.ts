// Words and phrases that keep the strong model: found as whole words, ASCII letters of either case.
import { ByteView, config, isDigit, isLetter } from '../sdk';

const WORDS_MAX = 64;
const WORD_BYTES_MAX = 64;
const words: ByteView[] = [];

/** Whether there are any. */
export function readWords(given: string[]): bool {
  if (given.length > WORDS_MAX) config.problem(`config.keep_words has ${given.length}; at most ${WORDS_MAX}`);
  for (let i = 0; i < given.length; i++) {
    const word = ByteView.of(given[i].toLowerCase());
    if (word.length == 0 || word.length > WORD_BYTES_MAX)
      config.problem(`config.keep_words[${i}] has ${word.length} bytes; must have 1 to ${WORD_BYTES_MAX}`);
    words.push(word);
  }
  return words.length > 0;
}

/** Index of the first word that stands in the text; -1: none. A pass over the text for each word: texts are short here. */
export function hasWord(text: ByteView): i32 {
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    let at = text.indexOfFolded(word);
    while (at >= 0) {
      const end = at + word.length;
      if ((at == 0 || !isWord(text.byteAt(at - 1))) && (end == text.length || !isWord(text.byteAt(end))))
        return i;
      at = text.indexOfFolded(word, at + 1);
    }
  }
  return -1;
}

/** Bytes of characters beyond ASCII are no part of a word here: `数学prove` has one. */
function isWord(byte: i32): bool {
  return isLetter(byte) || isDigit(byte) || byte == 0x5f;
}
