// Whether a file is a module that plugins may be: own parser and bounds first, the engine's validator after.
// The other order would be the natural one, and kills the process: V8's validator keeps the operand stack in a zone without a bound, and 240 KB
// of calls with 1,000 results each end in "Zone Allocation failed", an abort that no worker contains (Node 20). So the validator only sees
// what is within bounds; what it refuses is refused, however well it parsed.
import { MODULE_SIZE_MAX } from '../../core/plugin-bounds.js';
import { validate } from '../wasm-api.js';
import { BodyScan } from './body-scan.js';
import { parseModule } from './parse-module.js';
import type { ParsedModule } from './parsed-module.js';
import { ModuleRefused, refuseOver } from './refused.js';

/** Throws ModuleRefused and nothing else, whatever the bytes are; takes time and memory in proportion to their number. */
export function checkModule(bytes: Uint8Array): ParsedModule {
  refuseOver('too_big', 'bytes', bytes.length, MODULE_SIZE_MAX);
  const module = parseModule(bytes);
  const scan = new BodyScan(module);
  for (let i = 0; i < module.functions.length - module.importedFunctions; i++) scan.read(i);
  if (!validate(bytes)) {
    throw new ModuleRefused('invalid', `the ${bytes.length} bytes are no valid WebAssembly module`);
  }
  return module;
}
