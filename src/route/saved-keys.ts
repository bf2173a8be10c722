// The keys that were made at run time, as one data-plane thread knows them: the same object for every configuration that the thread
// loads, so that a reload changes nothing about them.
import type { SavedKey, SavedKeysChange } from '../core/saved-key.js';

export class SavedKeys {
  readonly #byDigest = new Map<string, SavedKey>();
  #version = 0;

  constructor(keys: readonly SavedKey[] = []) {
    for (const key of keys) this.#byDigest.set(key.sha256, key);
  }

  /** Another number after each change: what was remembered before it counts no more. */
  get version(): number {
    return this.#version;
  }

  /** By lower-case hex; revoked ones too. */
  find(sha256: string): SavedKey | undefined {
    return this.#byDigest.get(sha256);
  }

  take({ put, drop }: SavedKeysChange): void {
    for (const sha256 of drop) this.#byDigest.delete(sha256);
    for (const key of put) this.#byDigest.set(key.sha256, key);
    this.#version++;
  }
}
