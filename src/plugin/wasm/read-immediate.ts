// Passes an instruction's immediates, and reads the types of blocks.
import type { ByteReader } from './byte-reader.js';
import { Immediate } from './opcodes.js';
import type { FunctionType, ParsedModule } from './parsed-module.js';
import { readValueType, unsupported } from './read-types.js';
import { ModuleRefused } from './refused.js';

/** A memory's alignment exponent is at most 4; from 64 on it says that a memory's index follows. */
const ALIGNMENT_MAX = 4;
const EMPTY_BLOCK = -64;

const NOTHING: FunctionType = { params: '', results: '' };

/** `kind` is one of Immediate, not `own` and not `unknown`. */
export function skipImmediate(reader: ByteReader, kind: number): void {
  switch (kind) {
    case Immediate.none:
      return;
    case Immediate.index:
      reader.u32();
      return;
    case Immediate.memory:
    case Immediate.memoryAndLane:
      readOffset(reader, kind);
      return;
    case Immediate.lane:
      reader.u8();
      return;
    case Immediate.i32:
      reader.skipLeb(5);
      return;
    case Immediate.i64:
      reader.skipLeb(10);
      return;
    case Immediate.f32:
      reader.skip(4);
      return;
    case Immediate.f64:
      reader.skip(8);
      return;
    default:
      reader.skip(16);
  }
}

/** The same for an instruction that loads or stores; its offset. */
export function readOffset(reader: ByteReader, kind: number): number {
  if (reader.u32() > ALIGNMENT_MAX) throw unsupported('a memory index (multi-memory)');
  const offset = reader.u32();
  if (kind === Immediate.memoryAndLane) reader.u8();
  return offset;
}

export function readBlockType(reader: ByteReader, module: ParsedModule): FunctionType {
  const start = reader.at;
  const index = reader.s33();
  if (index === EMPTY_BLOCK) return NOTHING;
  if (index < 0) {
    reader.at = start;
    return { params: '', results: readValueType(reader) };
  }
  const type = module.types[index];
  if (type === undefined) throw new ModuleRefused('malformed', `type ${index} of a block is not there`);
  return type;
}

/** The list of a typed `select`. */
export function skipValueTypes(reader: ByteReader): void {
  for (let left = reader.count(1); left > 0; left--) readValueType(reader);
}
