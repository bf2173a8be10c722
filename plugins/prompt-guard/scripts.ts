// Which writing a character belongs to, roughly: by block, for the scripts that prompts are written in. -1: none, or not told apart.

/** Latin 0, Greek 1, Cyrillic 2, Hebrew and Arabic 3, Indic 4, South-East Asian 5, Georgian and Armenian 6, Ethiopic 7, Chinese, Japanese and Korean 8. */
export function scriptOf(c: i32): i32 {
  if (c < 0xaa) return -1;
  if (c < 0x250) return c == 0xd7 || c == 0xf7 || c < 0xc0 ? -1 : 0;
  if (c < 0x370) return -1;
  if (c < 0x400) return 1;
  if (c < 0x530) return 2;
  if (c < 0x590) return 6;
  if (c < 0x900) return 3;
  if (c < 0xe00) return 4;
  if (c < 0x10a0) return 5;
  if (c < 0x1100) return 6;
  if (c < 0x1200) return 8;
  if (c < 0x13a0) return 7;
  if (c < 0x1e00) return c >= 0x1780 && c < 0x1800 ? 5 : -1;
  if (c < 0x1f00) return 0;
  if (c < 0x2000) return 1;
  if (c < 0x3040) return c >= 0x2e80 && c < 0x2fe0 ? 8 : -1;
  if (c < 0xa4d0) return 8;
  if (c >= 0xac00 && c < 0xd7b0) return 8;
  if (c >= 0xf900 && c < 0xfb00) return 8;
  if (c >= 0xfb1d && c < 0xfe00) return 3;
  if (c >= 0xfe70 && c < 0xff00) return c == 0xfeff ? -1 : 3;
  return c >= 0x20000 && c < 0x32000 ? 8 : -1;
}
