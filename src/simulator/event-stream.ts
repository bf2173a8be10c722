// Amazon's event stream encoding, `application/vnd.amazon.eventstream`: one message with string headers.
//
//   0        4         8        12                  12+H            12+H+P     +4
//   | total  | headers | CRC of | headers           | payload       | CRC of   |
//   | length | length H| 0..8   | (name,7,len,text) | (JSON, P)     | all till |
//
// All numbers big-endian; CRC-32 (IEEE). Source: the AWS SDK's event stream specification.
import { crc32 } from 'node:zlib';

const PRELUDE_BYTES = 12;
const CRC_BYTES = 4;
/** Header value type 7: a string behind two bytes of length. */
const TYPE_STRING = 7;

/** The encoded headers of an event of `type` with a JSON payload; made once for a type. */
export function eventHeaders(type: string): Buffer {
  return Buffer.concat([
    stringHeader(':event-type', type),
    stringHeader(':content-type', 'application/json'),
    stringHeader(':message-type', 'event'),
  ]);
}

export function encodeEvent(headers: Buffer, payload: string): Buffer {
  const payloadBytes = Buffer.byteLength(payload);
  const total = PRELUDE_BYTES + headers.length + payloadBytes + CRC_BYTES;
  const message = Buffer.allocUnsafe(total);
  message.writeUInt32BE(total, 0);
  message.writeUInt32BE(headers.length, 4);
  message.writeUInt32BE(crc32(message.subarray(0, 8)), 8);
  headers.copy(message, PRELUDE_BYTES);
  message.write(payload, PRELUDE_BYTES + headers.length);
  message.writeUInt32BE(crc32(message.subarray(0, total - CRC_BYTES)), total - CRC_BYTES);
  return message;
}

/** The two parts of a message that `encodeEvent` made. */
export function decodeEventPayload(message: Buffer): { headers: Buffer; payload: Buffer } {
  const payloadAt = PRELUDE_BYTES + message.readUInt32BE(4);
  return {
    headers: message.subarray(PRELUDE_BYTES, payloadAt),
    payload: message.subarray(payloadAt, message.length - CRC_BYTES),
  };
}

function stringHeader(name: string, value: string): Buffer {
  const nameBytes = Buffer.from(name);
  const valueBytes = Buffer.from(value);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(valueBytes.length);
  return Buffer.concat([Buffer.of(nameBytes.length), nameBytes, Buffer.of(TYPE_STRING), length, valueBytes]);
}
