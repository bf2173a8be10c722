// Made-up personal data with right check digits, worked out another way than the policy does, and keys in the shapes of their issuers.

/** A small generator, so that the same numbers come every time. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >> 8) % below;
  };
}

/** By the table of doubled digits, from the right. */
export function hasLuhnDigit(number: string): boolean {
  const doubled = [0, 2, 4, 6, 8, 1, 3, 5, 7, 9];
  const digits = [...number].reverse().map(Number);
  const sum = digits.reduce((total, digit, i) => total + (i % 2 === 1 ? (doubled[digit] ?? 0) : digit), 0);
  return sum % 10 === 0;
}

export interface Card {
  readonly issuer: string;
  readonly number: string;
  /** As the issuer prints it; null where there is no usual way. */
  readonly grouped: readonly string[] | null;
}

const ISSUERS: readonly (readonly [string, string, number])[] = [
  ['Visa', '4', 16],
  ['Visa, old', '4', 13],
  ['Visa, long', '4', 19],
  ['Mastercard', '51', 16],
  ['Mastercard', '55', 16],
  ['Mastercard, 2-series', '2221', 16],
  ['Mastercard, 2-series', '2720', 16],
  ['American Express', '34', 15],
  ['American Express', '37', 15],
  ['Diners Club', '36', 14],
  ['Diners Club', '305', 14],
  ['Discover', '6011', 16],
  ['Discover', '644', 16],
  ['Discover', '65', 16],
  ['JCB', '3528', 16],
  ['JCB', '3589', 16],
  ['UnionPay', '62', 16],
  ['UnionPay, long', '62', 19],
  ['Maestro', '6759', 16],
  ['Mir', '2200', 16],
  ['RuPay', '60', 16],
  ['Troy', '9792', 16],
];

export function cardNumber(seed: number): Card[] {
  const random = generator(seed);
  return ISSUERS.map(([issuer, prefix, length]) => {
    let body = prefix;
    while (body.length < length - 1) body += random(10);
    const check = [...'0123456789'].find(digit => hasLuhnDigit(body + digit)) ?? '';
    const number = body + check;
    return { issuer, number, grouped: groupsOf(number) };
  });
}

function groupsOf(number: string): string[] | null {
  if (number.length === 16 || number.length === 19) return number.match(/.{1,4}/g);
  if (number.length === 15 || number.length === 14)
    return [number.slice(0, 4), number.slice(4, 10), number.slice(10)];
  return null;
}

/** Country, BBAN: `n` a digit, `a` a letter, `c` either, as in the register. */
const COUNTRIES: Readonly<Record<string, string>> = {
  DE: 'n18',
  GB: 'a4n14',
  FR: 'n10c11n2',
  IT: 'a1n10c12',
  ES: 'n20',
  NL: 'a4n10',
  BE: 'n12',
  AT: 'n16',
  CH: 'n5c12',
  PL: 'n24',
  SE: 'n20',
  NO: 'n11',
  DK: 'n14',
  FI: 'n14',
  IE: 'a4n14',
  PT: 'n21',
  GR: 'n7c16',
  MT: 'a4n5c18',
  TR: 'n6c16',
  SA: 'n2c18',
  BR: 'n23a1c1',
  UA: 'n6c19',
  LC: 'a4c24',
  RU: 'n14c15',
};

/** Check digits by one division of a big number. */
export function ibanOf(seed: number): string[] {
  const random = generator(seed);
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
  const digits = '0123456789';
  return Object.entries(COUNTRIES).map(([country, shape]) => {
    let bban = '';
    for (const [, kind = 'n', count = '0'] of shape.matchAll(/([nac])(\d+)/g)) {
      const among = kind === 'n' ? digits : kind === 'a' ? letters : digits + letters;
      for (let i = 0; i < Number(count); i++) bban += among[random(among.length)];
    }
    const spelt = [...`${bban}${country}00`].map(c => (c >= 'A' ? c.charCodeAt(0) - 55 : Number(c))).join('');
    const check = 98n - (BigInt(spelt) % 97n);
    return `${country}${String(check).padStart(2, '0')}${bban}`;
  });
}

const ALPHABET = 'Ab3Cd5Ef7Gh9Jk2Lm4Np6Qr8St0Uv1WxYz';

/** `length` characters, letters and digits side by side. */
function row(length: number): string {
  return ALPHABET.repeat(Math.ceil(length / ALPHABET.length)).slice(0, length);
}
const upper = (length: number): string => row(length).toUpperCase();
const hex = (length: number): string => '0a1b2c3d4e5f6789'.repeat(8).slice(0, length);
const segment = (json: string): string => Buffer.from(json).toString('base64url');

/** Put together, so that no scanner of repositories takes them for real ones. */
export const KEYS: readonly { readonly issuer: string; readonly key: string }[] = [
  ['OpenAI', `sk-${row(48)}`],
  ['OpenAI, project', `sk-proj-${row(40)}_${row(30)}`],
  ['Anthropic', `sk-ant-api03-${row(60)}-${row(20)}AA`],
  ['OpenRouter', `sk-or-v1-${hex(64)}`],
  ['AWS', `AKIA${upper(16)}`],
  ['AWS, temporary', `ASIA${upper(16)}`],
  ['GitHub', `ghp_${row(36)}`],
  ['GitHub, app', `ghs_${row(36)}`],
  ['GitHub, fine-grained', `github_pat_${row(22)}_${row(59)}`],
  ['GitLab', `glpat-${row(20)}`],
  ['Google', `AIza${row(35)}`],
  ['Google, OAuth', `ya29.${row(60)}`],
  ['Slack, bot', `xoxb-123456789012-123456789012-${row(24)}`],
  ['Slack, app', `xapp-1-A0B1C2D3E4F-1234567890123-${hex(64)}`],
  ['Stripe', `sk_live_${row(24)}`],
  ['Stripe, restricted', `rk_test_${row(24)}`],
  ['Stripe, webhook', `whsec_${row(32)}`],
  ['Hugging Face', `hf_${row(34)}`],
  ['npm', `npm_${row(36)}`],
  ['PyPI', `pypi-AgEIcHlwaS5vcmc${row(120)}`],
  ['Groq', `gsk_${row(52)}`],
  ['xAI', `xai-${row(80)}`],
  ['Perplexity', `pplx-${row(48)}`],
  ['Replicate', `r8_${row(37)}`],
  ['NVIDIA', `nvapi-${row(64)}`],
  ['SendGrid', `SG.${row(22)}.${row(43)}`],
  ['Shopify', `shpat_${hex(32)}`],
  ['DigitalOcean', `dop_v1_${hex(64)}`],
  ['Docker', `dckr_pat_${row(27)}`],
  ['Weir', `weir_${row(49)}`],
  [
    'anybody: a JSON Web Token',
    `${segment('{"alg":"HS256"}')}.${segment('{"sub":"1234567890"}')}.${row(43)}`,
  ],
].map(([issuer = '', key = '']) => ({ issuer, key }));
