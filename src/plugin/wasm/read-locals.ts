// The declarations of locals that a function's body begins with.
import { LOCALS_MAX } from '../../core/plugin-bounds.js';
import type { ByteReader } from './byte-reader.js';
import type { FunctionType } from './parsed-module.js';
import { readValueType } from './read-types.js';
import { ModuleRefused } from './refused.js';

export interface Locals {
  readonly paramsAndLocals: number;
  /** Where the groups of declarations begin, and how many there are. */
  readonly start: number;
  readonly groups: number;
  /** Where the instructions begin. */
  readonly codeStart: number;
}

/** Parameters count with the locals: the engine keeps both alike. Throws ModuleRefused over LOCALS_MAX. */
export function readLocals(reader: ByteReader, type: FunctionType, functionIndex: number): Locals {
  const groups = reader.count(2);
  const start = reader.at;
  let paramsAndLocals = type.params.length;
  for (let g = 0; g < groups; g++) {
    paramsAndLocals += reader.u32();
    readValueType(reader);
  }
  if (paramsAndLocals > LOCALS_MAX) {
    throw new ModuleRefused(
      'too_many_locals',
      `function ${functionIndex} has ${paramsAndLocals} parameters and locals; allowed are ${LOCALS_MAX}`,
    );
  }
  return { paramsAndLocals, start, groups, codeStart: reader.at };
}
