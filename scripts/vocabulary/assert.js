// One assert for the vocabulary's build: the input is a package's data, so each assumption about it is said aloud.

/** Throws with `message` unless `condition` holds. */
export function assert(condition, message) {
  if (!condition) throw new Error(`vocabulary: ${message}`);
}
