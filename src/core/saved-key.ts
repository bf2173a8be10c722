// A consumer's key that was made while Weir ran, as it is kept: never the key itself. A revoked one stays, so that whoever still has it is told so.

export interface SavedKey {
  /** `key_` and 20 hexadecimal digits; says nothing of the key. */
  readonly id: string;
  /** Each once among the consumer's keys that are not revoked. */
  readonly name: string;
  readonly consumer: string;
  /** Lower-case hex of SHA-256 over the whole key text. */
  readonly sha256: string;
  /** The last of its check characters, by which records show it. */
  readonly last4: string;
  /** ms since the epoch, as the other times. */
  readonly createdMs: number;
  readonly expiresMs: number | null;
  /** Globs (`*` any run of characters); empty = every model. */
  readonly models: readonly string[];
  readonly revokedMs: number | null;
}

/** What becomes of the saved keys in one step. Taking it twice is as good as once. */
export interface SavedKeysChange {
  /** New, or as they are now. */
  readonly put: readonly SavedKey[];
  /** SHA-256 of those that are forgotten. */
  readonly drop: readonly string[];
}
