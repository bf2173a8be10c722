// A settled entry's body that stands by itself, for records that do not come through a journal.
import type { Entry } from '../../core/entry.js';
import { putBody, WHOLE } from './body-encoder.js';
import { BodyWriter } from './body-writer.js';
import { Dictionary } from './dictionary.js';
import type { BucketAmount } from './journal.js';
import { SETTLED } from './layout.js';

const WRITER_BYTES = 4096;

/** As settledToEntry() takes it; it asks for no text. */
export function encodeSettled(entry: Entry, charges: readonly BucketAmount[]): Buffer {
  const writer = new BodyWriter(WRITER_BYTES, new Dictionary(true));
  putBody(writer, SETTLED, entry, entry.usage, entry.cost, charges, WHOLE);
  if (writer.overrun) {
    writer.grow(0, writer.at);
    writer.at = 0;
    putBody(writer, SETTLED, entry, entry.usage, entry.cost, charges, WHOLE);
  }
  return Buffer.from(writer.bytes.subarray(0, writer.at));
}
