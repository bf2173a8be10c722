// Keys and tokens by the prefixes that their issuers gave them so that they can be found, JSON Web Tokens, and private keys in PEM blocks.
import { classAt, DIGIT, isAt, isAtAnyCase, LETTER, TOKEN, WORD } from './classes';

const UPPER_OR_DIGIT: i32 = 1;
const LETTERS_AND_DIGITS: i32 = 2;
/** And `-`, `_`. */
const TOKENS: i32 = 3;
const HEX: i32 = 4;
/** And `+`, `/`, `=`. */
const BASE64: i32 = 5;

/** Where the key found last begins: at the word, or behind the name that announced it. */
export let keyStart: usize = 0;

/** End of the key that begins with the word at `at`; 0: none. */
export function keyEnd(at: usize): usize {
  keyStart = at;
  switch (<i32>load<u8>(at)) {
    case 0x73: // s
      return secretEnd(at);
    case 0x67: // g
      return githubOrGroq(at);
    case 0x61: // a
      return named(at, 'aws_secret_access_key', 40);
    case 0x41: // A
      return amazonOrGoogle(at);
    case 0x78: // x
      return slackOrXai(at);
    case 0x65: // e
      return isAt(at, 'eyJ') ? jsonWebToken(at) : 0;
    case 0x68: // h
      return after(at, 'hf_', LETTERS_AND_DIGITS, 30, 40);
    case 0x6e: // n
      return either(after(at, 'npm_', LETTERS_AND_DIGITS, 36, 36), after(at, 'nvapi-', TOKENS, 50, 80));
    case 0x70: // p
      return either(after(at, 'pypi-AgE', TOKENS, 50, 400), after(at, 'pplx-', LETTERS_AND_DIGITS, 40, 64));
    case 0x77: // w
      return either(after(at, 'whsec_', BASE64, 24, 64), after(at, 'weir_', LETTERS_AND_DIGITS, 49, 49));
    case 0x72: // r
      return either(stripe(at, 'rk_'), after(at, 'r8_', LETTERS_AND_DIGITS, 36, 40));
    case 0x79: // y
      return load<u8>(at + 4) == 0x2e && isAt(at, 'ya29') ? run(at + 5, TOKENS, 20, 2048) : 0;
    case 0x53: // S
      return isAt(at, 'SG.') ? sendGrid(at) : named(at, 'secretaccesskey', 40);
    case 0x66: // f
      return after(at, 'fw_', LETTERS_AND_DIGITS, 22, 40);
    case 0x64: // d
      return either(after(at, 'dop_v1_', HEX, 64, 64), after(at, 'dckr_pat_', TOKENS, 24, 40));
    default:
      return 0;
  }
}

function either(one: usize, other: usize): usize {
  return one != 0 ? one : other;
}

/** sk-… of OpenAI, Anthropic, OpenRouter, DeepSeek and others; Stripe; Shopify; and an AWS secret where its name stands before it. */
function secretEnd(at: usize): usize {
  if (isAt(at, 'sk-')) {
    const end = run(at + 3, TOKENS, 20, 256);
    // `sk-` begins words of languages, too: a key has digits and is no chain of words.
    return end != 0 && isMixed(at + 3, end) ? end : 0;
  }
  if (isAt(at, 'sk_')) return stripe(at, 'sk_');
  if (isAt(at, 'shpat_') || isAt(at, 'shpss_') || isAt(at, 'shpca_')) return run(at + 6, HEX, 32, 32);
  return either(named(at, 'secret_access_key', 40), named(at, 'secretaccesskey', 40));
}

function stripe(at: usize, prefix: string): usize {
  if (!isAt(at, prefix)) return 0;
  const isLive = isAt(at + 3, 'live_');
  return isLive || isAt(at + 3, 'test_') ? run(at + 8, LETTERS_AND_DIGITS, 16, 256) : 0;
}

function githubOrGroq(at: usize): usize {
  if (load<u8>(at + 3) == 0x5f && load<u8>(at + 1) == 0x68) {
    const letter = <i32>load<u8>(at + 2); // ghp_, gho_, ghu_, ghs_, ghr_
    const known = letter == 0x70 || letter == 0x6f || letter == 0x75 || letter == 0x73 || letter == 0x72;
    return known ? run(at + 4, LETTERS_AND_DIGITS, 36, 255) : 0;
  }
  if (isAt(at, 'github_pat_')) return run(at + 11, TOKENS, 60, 120);
  if (isAt(at, 'glpat-') || isAt(at, 'gldt-') || isAt(at, 'glrt-')) return run(at + 5, TOKENS, 20, 64);
  return after(at, 'gsk_', LETTERS_AND_DIGITS, 40, 64);
}

function amazonOrGoogle(at: usize): usize {
  if (isAt(at, 'AIza')) return run(at + 4, TOKENS, 35, 35);
  if (isAt(at + 1, 'KIA') || isAt(at + 1, 'SIA')) return run(at + 4, UPPER_OR_DIGIT, 16, 16);
  return either(named(at, 'accountkey', 88), named(at, 'aws_secret_access_key', 40));
}

function slackOrXai(at: usize): usize {
  if (isAt(at, 'xai-')) return run(at + 4, LETTERS_AND_DIGITS, 60, 100);
  if (isAt(at, 'xapp-')) return run(at + 5, TOKENS, 20, 256);
  if (!isAt(at, 'xox') || load<u8>(at + 4) != 0x2d) return 0;
  const end = run(at + 5, TOKENS, 10, 256);
  return end != 0 && hasDigit(at + 5, end) ? end : 0;
}

function sendGrid(at: usize): usize {
  const first = run(at + 3, TOKENS, 16, 32);
  return first != 0 && load<u8>(first) == 0x2e ? run(first + 1, TOKENS, 32, 64) : 0;
}

/** RFC 7519: header and claims are JSON objects, hence `eyJ` at the head of both in base64url. */
function jsonWebToken(at: usize): usize {
  const header = run(at, TOKENS, 12, 4096);
  if (header == 0 || load<u8>(header) != 0x2e || !isAt(header + 1, 'eyJ')) return 0;
  const claims = run(header + 1, TOKENS, 12, 16384);
  if (claims == 0 || load<u8>(claims) != 0x2e) return 0;
  return run(claims + 1, TOKENS, 16, 4096);
}

/** A secret without a prefix of its own: `bytes` of base64 within 8 bytes of quotes, blanks, `=` and `:` behind its name. */
function named(at: usize, name: string, bytes: i32): usize {
  if (!isAtAnyCase(at, name)) return 0;
  let value = at + <usize>name.length;
  const last = value + 8;
  while (value < last && isBetween(<i32>load<u8>(value))) value++;
  const end = run(value, BASE64, bytes, bytes);
  if (end != 0) keyStart = value;
  return end;
}

function isBetween(byte: i32): bool {
  return byte == 0x20 || byte == 0x22 || byte == 0x27 || byte == 0x3a || byte == 0x3d || byte == 0x5c;
}

function after(at: usize, prefix: string, among: i32, least: i32, most: i32): usize {
  return isAt(at, prefix) ? run(at + <usize>prefix.length, among, least, most) : 0;
}

/** End of a row of at least `least` characters; 0 where it is shorter, longer than `most`, or goes on as a word. */
function run(at: usize, among: i32, least: i32, most: i32): usize {
  let end = at;
  while (<i32>(end - at) <= most && isOf(end, among)) end++;
  const length = <i32>(end - at);
  return length >= least && length <= most && (classAt(end) & WORD) == 0 ? end : 0;
}

function isOf(at: usize, among: i32): bool {
  const kind = classAt(at);
  if (among == TOKENS) return (kind & TOKEN) != 0;
  if (among == LETTERS_AND_DIGITS) return (kind & (LETTER | DIGIT)) != 0;
  const byte = <i32>load<u8>(at);
  if (among == BASE64) return (kind & (LETTER | DIGIT)) != 0 || byte == 0x2b || byte == 0x2f || byte == 0x3d;
  if ((kind & DIGIT) != 0) return true;
  return among == HEX ? byte >= 0x61 && byte <= 0x66 : byte >= 0x41 && byte <= 0x5a;
}

function hasDigit(at: usize, end: usize): bool {
  for (let place = at; place < end; place++) if ((classAt(place) & DIGIT) != 0) return true;
  return false;
}

/** Letters and digits side by side in a row of twelve without a dash: `react-18-migration-of-2024` has none. */
function isMixed(at: usize, end: usize): bool {
  let letters = 0;
  let digits = 0;
  for (let place = at; place < end; place++) {
    const kind = classAt(place);
    if ((kind & LETTER) != 0) letters++;
    else if ((kind & DIGIT) != 0) digits++;
    else {
      letters = 0;
      digits = 0;
    }
    if (letters + digits >= 12 && letters > 0 && digits > 0) return true;
  }
  return false;
}

/**
 * End of the PEM block whose five dashes begin at `at`: behind its last line, or the text's end where that is missing (within JSON the
 * string's). 0: none.
 */
export function pemEnd(at: usize, end: usize, isJson: bool): usize {
  if (!isAt(at, '-----BEGIN ')) return 0;
  let label = at + 11;
  const last = label + 40;
  while (label < last && (classAt(label) & (LETTER | DIGIT)) != 0) {
    if (isAt(label, 'PRIVATE KEY')) return pemLastLine(label, end, isJson);
    while ((classAt(label) & (LETTER | DIGIT)) != 0) label++;
    if (load<u8>(label) == 0x20) label++;
  }
  return 0;
}

function pemLastLine(from: usize, end: usize, isJson: bool): usize {
  for (let at = from; at < end; at++) {
    if (isJson && load<u8>(at) == 0x22 && load<u8>(at - 1) != 0x5c) return at;
    if (load<u8>(at) != 0x2d || !isAt(at, '-----END ')) continue;
    at += 9;
    while (at < end && load<u8>(at) != 0x2d && load<u8>(at) != 0x22 && load<u8>(at) != 0x5c) at++;
    while (at < end && load<u8>(at) == 0x2d) at++;
    return at;
  }
  return end;
}
