// What a character stands for when patterns are compared: letters of either case, accented, full-width, mathematical or of a look-alike alphabet
// become the same ASCII letter; what cannot be seen is left out. Patterns are folded by the same function, so that those in Russian or Greek
// work as well.

/** Left out: it cannot be seen. */
export const NOTHING: i32 = -1;

// U+00C0 to U+00FF, a character each; × and ÷ stay themselves.
const LATIN_1 = 'aaaaaaaceeeeiiiidnooooo ouuuuypsaaaaaaaceeeeiiiidnooooo ouuuuypy';
// U+0430 to U+044F; a dot where nothing of ASCII looks like it.
const CYRILLIC = 'a.b..e....k.mho.pcty.x..........';
// U+03B1 to U+03C9, by the capital where that is the likeness.
const GREEK = 'ab..ezh.ik.mn.o.p..ty.x..';

/** The character to compare by: below 0x80 where it is like one of ASCII; NOTHING. */
export function foldedCharacter(c: i32): i32 {
  if (c < 0x80) return <u32>(c - 0x41) < 26 ? c | 0x20 : c < 0x20 || c == 0x7f ? 0x20 : c;
  if (c < 0x370) return foldedLatin(c);
  if (c < 0x530) return foldedGreekOrCyrillic(c);
  if (isInvisible(c)) return isTag(c) ? foldedCharacter(c - 0xe0000) : NOTHING;
  if (c >= 0x2000 && c <= 0x200a) return 0x20;
  if (c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000) return 0x20;
  if (c >= 0xff01 && c <= 0xff5e) return foldedCharacter(c - 0xfee0);
  if (c >= 0x24b6 && c <= 0x24e9) return 0x61 + ((c - 0x24b6) % 26);
  if (c >= 0x1d400 && c < 0x1d6a4) return foldedCharacter(mathematical((c - 0x1d400) % 52));
  if (c >= 0x1d7ce && c <= 0x1d7ff) return 0x30 + ((c - 0x1d7ce) % 10);
  if (c == 0x2018 || c == 0x2019) return 0x27;
  return c;
}

function foldedLatin(c: i32): i32 {
  if (c >= 0xc0 && c <= 0xff) {
    const letter = LATIN_1.charCodeAt(c - 0xc0);
    return letter == 0x20 ? c : letter;
  }
  if (c == 0xa0) return 0x20;
  // Marks that are put upon the letter before.
  if (c == 0xad || (c >= 0x300 && c < 0x370)) return NOTHING;
  return c == 0x131 ? 0x69 : c == 0x17f ? 0x73 : c;
}

function foldedGreekOrCyrillic(c: i32): i32 {
  let lower = c;
  if ((c >= 0x391 && c <= 0x3a9) || (c >= 0x410 && c <= 0x42f)) lower = c + 0x20;
  else if (c >= 0x400 && c <= 0x40f) lower = c + 0x50;
  if (lower >= 0x3b1 && lower <= 0x3c9) return likeness(GREEK, lower - 0x3b1, lower);
  if (lower >= 0x430 && lower <= 0x44f) return likeness(CYRILLIC, lower - 0x430, lower);
  switch (lower) {
    case 0x455:
      return 0x73; // ѕ
    case 0x456:
      return 0x69; // і
    case 0x458:
      return 0x6a; // ј
    case 0x451:
      return 0x65; // ё
    case 0x4bb:
      return 0x68; // һ
    case 0x501:
      return 0x64; // ԁ
    case 0x51b:
      return 0x71; // ԛ
    case 0x51d:
      return 0x77; // ԝ
    default:
      return lower;
  }
}

function likeness(table: string, at: i32, itself: i32): i32 {
  const letter = table.charCodeAt(at);
  return letter == 0x2e ? itself : letter;
}

function mathematical(at: i32): i32 {
  return at < 26 ? 0x41 + at : 0x61 + at - 26;
}

/** Zero-width, joiners, direction marks, variation selectors, tags. */
export function isInvisible(c: i32): bool {
  if (c >= 0x200b && c <= 0x200f) return true;
  if ((c >= 0x202a && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f)) return true;
  if (c == 0xad || c == 0x61c || c == 0x180e || c == 0xfeff || c == 0x3164) return true;
  return isVariationSelector(c) || (c >= 0xe0000 && c <= 0xe007f);
}

export function isVariationSelector(c: i32): bool {
  return (c >= 0xfe00 && c <= 0xfe0f) || (c >= 0xe0100 && c <= 0xe01ef);
}

/** An ASCII character that nobody sees, U+E0020 to U+E007E. */
export function isTag(c: i32): bool {
  return c >= 0xe0020 && c <= 0xe007e;
}
