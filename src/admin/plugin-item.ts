// One plugin as `/api/plugins` tells of it (CONTRACT.md §5.9; docs/admin.md).

export interface PluginItem {
  readonly policy: string;
  /** Of its manifest, else of its file; null where nothing could be read of it. */
  readonly name: string | null;
  readonly version: string | null;
  readonly sha256: string | null;
  readonly file: string;
  readonly dropped: boolean;
  readonly mode: 'enforce' | 'shadow';
  readonly bytes: number | null;
  readonly hooks: readonly string[];
  readonly imports: readonly string[];
  readonly grants: readonly string[];
  /** Bytes. */
  readonly memory: number;
  readonly fuel: number;
  /** failed: nothing of it runs; a configured policy then fails for every request. */
  readonly state: 'active' | 'failed' | 'loading';
  /** Why the file as it is now is not what runs; null: it is. */
  readonly reason: string | null;
  /** RFC 3339: since when this version runs. */
  readonly loaded_at: string | null;
  /** Versions that requests in flight still use, at most of one thread. */
  readonly old_versions: number;
  /** Since the start, over all threads and versions. */
  readonly counts: { readonly calls: number; readonly failed: number; readonly fuel: number };
}
