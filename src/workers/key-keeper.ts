// The control plane's keys that are made and revoked at run time: one change after another goes to the disk and to every data-plane thread, and is
// answered when both have it. What is told of a change that did not get that far says how far it got.
import { randomBytes } from 'node:crypto';
import { KeysError, type KeysSource, type MadeKey } from '../admin/keys-source.js';
import type { ConsumerConfig } from '../config/config.js';
import type { NewKey } from '../config/new-key.js';
import type { SavedKey, SavedKeysChange } from '../core/saved-key.js';
import { newWeirKey, weirKeySha256 } from '../core/weir-key.js';
import { loadKeys, saveKeys } from '../ledger/key-file.js';

/** Some 3 MB of file, and of memory a thread. Revoked and expired ones make room, those first that have been so longest. */
export const SAVED_KEYS_MAX = 10_000;
/** A thread takes messages up within ms; one that does not is busy with something that has gone wrong. */
const CONFIRM_MS_MAX = 5000;

export interface KeyThreads {
  /** One promise a thread: kept when it has taken the change up. */
  changeKeys(change: SavedKeysChange): readonly Promise<unknown>[];
}

export interface KeyKeeperOptions {
  readonly dataDir: string;
  /** Of the configuration in force. */
  readonly consumers: () => readonly ConsumerConfig[];
  /** What was done, for the log. */
  readonly onChange: (what: 'made' | 'revoked', key: SavedKey) => void;
  readonly wallMs?: () => number;
  readonly confirmMsMax?: number;
  readonly keysMax?: number;
}

export class KeyKeeper implements KeysSource {
  readonly #options: KeyKeeperOptions;
  /** Oldest first. */
  #keys: readonly SavedKey[];
  #threads: KeyThreads = { changeKeys: () => [] };
  #last: Promise<unknown> = Promise.resolve();

  /** Errors: a sentence that names the file, where it is not as it was written. */
  constructor(options: KeyKeeperOptions) {
    this.#options = options;
    this.#keys = loadKeys(options.dataDir);
  }

  /** What a thread begins with. */
  get keys(): readonly SavedKey[] {
    return this.#keys;
  }

  /** From now on these are told of changes; they began with `keys`, and nothing has changed since. */
  start(threads: KeyThreads): void {
    this.#threads = threads;
  }

  list(): readonly SavedKey[] {
    return [...this.#keys].reverse();
  }

  make(wish: NewKey): Promise<MadeKey> {
    return this.#inTurn(() => this.#make(wish));
  }

  revoke(id: string): Promise<SavedKey | null> {
    return this.#inTurn(() => this.#revoke(id));
  }

  async #make(wish: NewKey): Promise<MadeKey> {
    const consumer = this.#options.consumers().find(({ name }) => name === wish.consumer);
    const key = newWeirKey();
    const saved = this.#saved(wish, key);
    this.#refuseTwin(saved, consumer);
    const drop = this.#makeRoom();
    const before = this.#keys;
    const gone = new Set(drop);
    const keys = [...before.filter(({ sha256 }) => !gone.has(sha256)), saved];
    // The disk first: a key that was shown must not be unknown after a restart.
    await this.#save(keys).catch((cause: Error) => {
      throw new KeysError('weir_not_kept', `no key was made: keys.json cannot be written: ${cause.message}`);
    });
    this.#keys = keys;
    const late = await this.#tell({ put: [saved], drop });
    if (late > 0) {
      await this.#withdraw(saved);
      const message = `the key was withdrawn: ${threads(late)} did not take it up within ${this.#confirmMs / 1000} s; try again`;
      throw new KeysError('weir_not_in_force', message);
    }
    this.#options.onChange('made', saved);
    return { saved, key, configured: consumer !== undefined };
  }

  async #revoke(id: string): Promise<SavedKey | null> {
    const found = this.#keys.find(key => key.id === id);
    if (found === undefined) return null;
    const revoked = { ...found, revokedMs: found.revokedMs ?? this.#nowMs };
    this.#keys = this.#keys.map(key => (key === found ? revoked : key));
    // Once more also where it is revoked already: what did not get through then may now.
    const [late, cause] = await Promise.all([
      this.#tell({ put: [revoked], drop: [] }),
      this.#save(this.#keys).then(
        () => null,
        (error: Error) => error,
      ),
    ]);
    if (found.revokedMs === null) this.#options.onChange('revoked', revoked);
    if (late > 0) {
      const message = `the key is revoked, but ${threads(late)} did not confirm it within ${this.#confirmMs / 1000} s and may still let it pass; ask again`;
      throw new KeysError('weir_not_in_force', message);
    }
    if (cause !== null) {
      const message = `no thread lets the key pass any longer, but keys.json cannot be written (${cause.message}): after a restart it would pass again; ask again`;
      throw new KeysError('weir_not_kept', message, cause);
    }
    return revoked;
  }

  #saved({ consumer, name, expiresMs, models }: NewKey, key: string): SavedKey {
    const sha256 = weirKeySha256(key);
    return {
      id: `key_${randomBytes(10).toString('hex')}`,
      name: name ?? `key-${sha256.slice(0, 6)}`,
      consumer,
      sha256,
      last4: key.slice(-4),
      createdMs: this.#nowMs,
      expiresMs,
      models,
      revokedMs: null,
    };
  }

  /** Records and limits tell a consumer's keys apart by their names. */
  #refuseTwin({ consumer, name }: SavedKey, configured: ConsumerConfig | undefined): void {
    const saved = this.#keys.find(
      key => key.consumer === consumer && key.name === name && key.revokedMs === null,
    );
    const twin = saved?.id ?? (configured?.keys.some(key => key.name === name) ? 'weir.yaml' : null);
    if (twin === null) return;
    throw new KeysError(
      'weir_key_exists',
      `name is "${name}"; ${consumer} has a key of that name (${twin}): revoke it first, or choose another name`,
    );
  }

  /** SHA-256 of what has to go. */
  #makeRoom(): string[] {
    const max = this.#options.keysMax ?? SAVED_KEYS_MAX;
    if (this.#keys.length < max) return [];
    const nowMs = this.#nowMs;
    const over = this.#keys
      .map(({ sha256, revokedMs, expiresMs }) => ({ sha256, sinceMs: revokedMs ?? expiresMs ?? Infinity }))
      .filter(({ sinceMs }) => sinceMs <= nowMs)
      .sort((a, b) => a.sinceMs - b.sinceMs)[0];
    if (over !== undefined) return [over.sha256];
    throw new KeysError('weir_keys_full', `there are ${max} keys, which is all that are kept; revoke some`);
  }

  /** A key that nobody has seen. The disk may have it as valid for all that: then it is one that nobody knows. */
  async #withdraw(saved: SavedKey): Promise<void> {
    this.#keys = this.#keys.filter(key => key !== saved);
    void this.#threads.changeKeys({ put: [], drop: [saved.sha256] });
    await this.#save(this.#keys).catch(() => undefined);
  }

  /** How many threads have not taken it up in time. */
  async #tell(change: SavedKeysChange): Promise<number> {
    const pending = new Set(this.#threads.changeKeys(change));
    const all = [...pending].map(confirmed => confirmed.then(() => pending.delete(confirmed)));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise(resolve => {
      timer = setTimeout(resolve, this.#confirmMs);
    });
    await Promise.race([Promise.all(all), late]).finally(() => clearTimeout(timer));
    return pending.size;
  }

  #save(keys: readonly SavedKey[]): Promise<void> {
    return saveKeys(this.#options.dataDir, keys);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  get #nowMs(): number {
    return (this.#options.wallMs ?? Date.now)();
  }

  get #confirmMs(): number {
    return this.#options.confirmMsMax ?? CONFIRM_MS_MAX;
  }
}

function threads(count: number): string {
  return count === 1 ? 'one thread' : `${count} threads`;
}
