// Names of the instructions that plugins may not use, so that a refusal tells an author which feature of his compiler to turn off.
import type { ByteReader } from './byte-reader.js';
import { unsupported } from './read-types.js';
import { ModuleRefused } from './refused.js';

const FEATURES: ReadonlyMap<number, string> = new Map([
  [0x0a, 'throw_ref (exceptions by reference; build with legacy exceptions)'],
  [0x14, 'call_ref (typed function references)'],
  [0x15, 'return_call_ref (typed function references)'],
  [0x1f, 'try_table (exceptions by reference; build with legacy exceptions)'],
  [0xd3, 'ref.eq (garbage collection)'],
  [0xd4, 'ref.as_non_null (typed function references)'],
  [0xd5, 'br_on_null (typed function references)'],
  [0xd6, 'br_on_non_null (typed function references)'],
  [0xe0, 'cont.new (stack switching)'],
  [0xe1, 'cont.bind (stack switching)'],
  [0xe2, 'suspend (stack switching)'],
  [0xe3, 'resume (stack switching)'],
  [0xfb, 'garbage collection or string references'],
  [0xfe, 'atomic instructions (threads)'],
]);

/** What to throw for an opcode that the table does not have; `place` is its byte in the file. */
export function refusedOpcode(opcode: number, reader: ByteReader, place: number): ModuleRefused {
  const feature = FEATURES.get(opcode);
  if (feature !== undefined) return unsupported(feature);
  const text = [...reader.bytes.subarray(place, reader.at)].map(byte => `0x${byte.toString(16)}`).join(' ');
  return new ModuleRefused('unknown_opcode', `the instruction ${text} at byte ${place} is not known`);
}

/** For an instruction behind the prefix 0xfd. */
export function refusedVector(opcode: number): ModuleRefused {
  if (opcode > 0xff) return unsupported(`the vector instruction ${opcode} (relaxed SIMD)`);
  return new ModuleRefused('unknown_opcode', `the vector instruction ${opcode} is not known`);
}
