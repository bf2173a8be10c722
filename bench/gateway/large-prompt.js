// Chat requests of any size with a seeded text in them: the same bytes every time.

const ENGLISH =
  'the of and to in is you that it he was for on are as with his they at be this have from or one had by word but not what all were we when your can said there use an each which she do how their if will up other about out many then them these so some her would make like him into time has look two more write go see number no way could people my than first water been call who oil its now find long down day did get come made may part'.split(
    ' ',
  );

/** mulberry32: a small generator whose numbers are the same everywhere. */
function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const WRITERS = {
  english: next => {
    const word = ENGLISH[Math.floor(next() * ENGLISH.length)];
    return next() < 0.1 ? `${word}. ` : `${word} `;
  },
  // Common ideographs at random: no word repeats, which is the dear case.
  chinese: next => String.fromCharCode(0x4e00 + Math.floor(next() ** 2 * 0x2000)),
  base64: next =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'.charAt(Math.floor(next() * 64)),
};

/** A chat completion request of about `bytes` bytes. */
export function largePrompt(text, bytes) {
  const next = random(7);
  const write = WRITERS[text];
  if (write === undefined)
    throw new Error(`text is ${text}; must be one of ${Object.keys(WRITERS).join(', ')}`);
  const parts = [];
  for (let length = 0; length < bytes; ) {
    const part = write(next);
    parts.push(part);
    length += Buffer.byteLength(part);
  }
  return Buffer.from(
    JSON.stringify({
      model: 'gpt-4o',
      messages: [{ role: 'user', content: parts.join('') }],
      max_tokens: 256,
    }),
  );
}
