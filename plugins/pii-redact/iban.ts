// IBANs (ISO 13616): a country of the register with its length, and the check digits of ISO 7064 mod 97-10.
import { classAt, DIGIT, isDigitAt, LETTER, WORD } from './classes';

/** Country and length, as in the register (release 99) and a few that are used beside it. */
const COUNTRIES =
  'AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29ES24FI18FK18FO18FR27GB22' +
  'GE22GI23GL18GR27GT28HN28HR21HU28IE22IL23IQ23IR26IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19MN20' +
  'MR27MT31MU30NI28NL18NO15OM23PK24PL28PS29PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25SV28TL23TN24TR26UA29' +
  'VA22VG24XK20YE30';

/** By the two letters; 0: no such country. */
const LENGTHS: usize = memory.data(26 * 26);

export function fillCountries(): void {
  memory.fill(LENGTHS, 0, 26 * 26);
  for (let i = 0; i < COUNTRIES.length; i += 4) {
    const first = COUNTRIES.charCodeAt(i) - 0x41;
    const second = COUNTRIES.charCodeAt(i + 1) - 0x41;
    const length = (COUNTRIES.charCodeAt(i + 2) - 0x30) * 10 + COUNTRIES.charCodeAt(i + 3) - 0x30;
    store<u8>(LENGTHS + <usize>(first * 26 + second), <u8>length);
  }
}

/** End of the IBAN at the beginning of a word; 0: none. In one piece, or in groups of four parted by one kind of space or dash. */
export function ibanEnd(at: usize): usize {
  if (!isDigitAt(at + 2) || !isDigitAt(at + 3)) return 0;
  if ((classAt(at) & classAt(at + 1) & LETTER) == 0) return 0;
  const length = <i32>load<u8>(LENGTHS + <usize>(letter(at) * 26 + letter(at + 1)));
  if (length == 0) return 0;
  const width = separatorAt(at + 4);
  let rest = 0;
  let place = at + 4;
  for (let i = 4; i < length; i++) {
    if (width != 0 && (i & 3) == 0) {
      if (separatorAt(place) != width || load<u8>(place) != load<u8>(at + 4)) return 0;
      place += width;
    }
    if ((classAt(place) & (LETTER | DIGIT)) == 0) return 0;
    rest = taken(rest, place);
    place++;
  }
  if ((classAt(place) & WORD) != 0) return 0;
  rest = taken(taken(rest, at), at + 1);
  rest = taken(taken(rest, at + 2), at + 3);
  return rest == 1 ? place : 0;
}

function letter(at: usize): i32 {
  return (<i32>load<u8>(at) | 0x20) - 0x61;
}

/** The remainder with one more character: a digit is itself, a letter 10 to 35. */
function taken(rest: i32, at: usize): i32 {
  const isDigit = (classAt(at) & DIGIT) != 0;
  return isDigit ? (rest * 10 + <i32>load<u8>(at) - 0x30) % 97 : (rest * 100 + letter(at) + 10) % 97;
}

function separatorAt(at: usize): usize {
  const byte = <i32>load<u8>(at);
  if (byte == 0x20 || byte == 0x2d) return 1;
  return load<u16>(at) == 0xa0c2 ? 2 : 0;
}
