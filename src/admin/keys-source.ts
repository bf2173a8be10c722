// What the admin side asks of the keeper of keys, and why it may be refused.
import type { NewKey } from '../config/new-key.js';
import type { SavedKey } from '../core/saved-key.js';

export interface MadeKey {
  readonly saved: SavedKey;
  /** The whole key: shown once, kept nowhere. */
  readonly key: string;
  /** The configuration names its consumer, which has tags from there. */
  readonly configured: boolean;
}

export interface KeysSource {
  /** Newest first, revoked ones too. */
  list(): readonly SavedKey[];
  /** When it resolves every thread lets the key pass, and the disk has it. Errors: KeysError. */
  make(wish: NewKey): Promise<MadeKey>;
  /** When it resolves no thread lets the key pass, and the disk knows; null: no such key. Once more is no error. Errors: KeysError. */
  revoke(id: string): Promise<SavedKey | null>;
}

export type KeysErrorCode = 'weir_key_exists' | 'weir_keys_full' | 'weir_not_kept' | 'weir_not_in_force';

/** The message says what is in force all the same. */
export class KeysError extends Error {
  override readonly name = 'KeysError';
  readonly code: KeysErrorCode;

  constructor(code: KeysErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
