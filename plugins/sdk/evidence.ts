// What the request's record will say of this policy: its evidence, tags, and lines for Weir's log.
import { ByteView } from './bytes';
import { encodedLength, encodeFirst, encodeSecond } from './place';
import { evidence_i64, evidence_str, log as hostLog, tag as hostTag } from './weir';

/** At most 16 a request; keys `[a-z0-9_.]{1,32}`, texts 256 bytes. Never put a caller's text into it: records are kept. */
export class evidence {
  static text(key: string, value: string): void {
    const keyAt = encodeFirst(key);
    const valueAt = encodeSecond(value);
    evidence_str(keyAt, encodedLength(key), valueAt, encodedLength(value));
  }

  static bytes(key: string, value: ByteView): void {
    evidence_str(encodeFirst(key), encodedLength(key), value.ptr, value.length);
  }

  static number(key: string, value: i64): void {
    evidence_i64(encodeFirst(key), encodedLength(key), value);
  }
}

/** Sets a tag that the policy's `tags:` lists; never over one that the consumer has. */
export function tag(key: string, value: string): void {
  const keyAt = encodeFirst(key);
  const valueAt = encodeSecond(value);
  hostTag(keyAt, encodedLength(key), valueAt, encodedLength(value));
}

/** At most 4 lines a hook of 512 bytes each, 20 a second. */
export class log {
  static debug(text: string): void {
    hostLog(0, encodeFirst(text), encodedLength(text));
  }
  static info(text: string): void {
    hostLog(1, encodeFirst(text), encodedLength(text));
  }
  static warn(text: string): void {
    hostLog(2, encodeFirst(text), encodedLength(text));
  }
  static error(text: string): void {
    hostLog(3, encodeFirst(text), encodedLength(text));
  }
}
