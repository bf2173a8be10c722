// WebAssembly text → bytes, for tests that write modules by hand.
import wabt from 'wabt';

const compiler = await wabt();
const FEATURES = {
  exceptions: true,
  threads: true,
  tail_call: true,
  simd: true,
  bulk_memory: true,
  reference_types: true,
  multi_value: true,
  sign_extension: true,
  sat_float_to_int: true,
  mutable_globals: true,
} as const;

/** Throws with the place of a mistake in the text. */
export function wat(text: string): Uint8Array {
  const module = compiler.parseWat('test.wat', text, FEATURES);
  try {
    return module.toBinary({}).buffer;
  } finally {
    module.destroy();
  }
}
