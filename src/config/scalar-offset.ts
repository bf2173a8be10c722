// Where a character of a YAML string stands in the file: an error inside an expression is shown at its own line and column,
// however the string is written (plain, quoted, folded, as a block). Blanks and line ends are not counted, since YAML folds
// and strips them; all other characters stand in the file in the order of the string, in double quotes some of them escaped.

/** Offset in `text` of character `offset` of the string `value`, whose scalar begins at `start`. */
export function offsetInScalar(text: string, start: number, value: string, offset: number): number {
  const style = text[start];
  let at = start;
  if (style === '"' || style === "'") at++;
  // The header of a block (`|-`, `>2 # …`) ends with its line.
  else if (style === '|' || style === '>') at = text.indexOf('\n', start) + 1;
  let before = 0;
  for (let i = 0; i < Math.min(offset, value.length); i++) if (!isBlank(value[i])) before++;
  while (before > 0 && at < text.length) {
    const [length, counts] = characterAt(text, at, style);
    if (counts) before--;
    at += length;
  }
  // The end of the string is just behind its last character.
  if (offset >= value.length) return at;
  for (;;) {
    const [length, counts] = characterAt(text, at, style);
    if (counts || at >= text.length) return at;
    at += length;
  }
}

/** Characters that one of the string's takes in the file, and whether it is more than a blank. */
function characterAt(text: string, at: number, style: string | undefined): readonly [number, boolean] {
  if (style === "'" && text.startsWith("''", at)) return [2, true];
  if (style !== '"' || text[at] !== '\\') return [1, !isBlank(text[at])];
  const letter = text[at + 1] ?? '';
  const digits = { x: 2, u: 4, U: 8 }[letter] ?? 0;
  return [2 + digits, !isBlank(letter) && !'nrtvNL_P'.includes(letter)];
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t' || character === '\n' || character === '\r';
}
