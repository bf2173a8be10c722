// What a plugin policy may do and how it is run (CONTRACT.md §3 `plugin:`, §5.7): words that configuration and sandbox share.

export const GRANTS = [
  'messages.read',
  'messages.write',
  'headers.read',
  'headers.write',
  'body.read',
  'body.write',
  'events.read',
  'events.write',
  'route',
  'counters',
  'lookup',
] as const;
export type Grant = (typeof GRANTS)[number];

/** What every plugin may do; a policy's `grant:` adds to it. */
export const DEFAULT_GRANTS: readonly Grant[] = ['messages.read', 'headers.read', 'events.read'];

/** `grant:` as written, with what comes by itself: the defaults, and the route that a written body can change. */
export function effectiveGrants(written: readonly Grant[]): ReadonlySet<Grant> {
  const grants = new Set<Grant>([...DEFAULT_GRANTS, ...written]);
  if (grants.has('body.write')) grants.add('route');
  return grants;
}

/** The settings of one plugin policy (CONTRACT.md §3 `plugin:`), defaults in place. */
export interface PluginSettings {
  /** The policy's name: what its steps, counters and state go by. */
  readonly policy: string;
  /** Absolute path of the module. */
  readonly file: string;
  /** Dropped into `plugins_dir`: no entry of its own. */
  readonly dropped: boolean;
  readonly mode: 'enforce' | 'shadow';
  /** Largest file, bytes. */
  readonly sizeMax: number;
  /** `config:` as compact JSON text, `{}` without one: what `config_read` gives. */
  readonly configJson: string;
  /** As in effect: with the defaults. */
  readonly grants: readonly Grant[];
  readonly fuel: number;
  readonly fuelPerByte: number;
  readonly memoryBytes: number;
  readonly onFailure: 'closed' | 'open';
  readonly onOpaque: 'refuse' | 'pass';
  readonly run: 'auto' | 'inline' | 'isolated';
  readonly deadlineMs: number;
  readonly reset: 'always' | 'never';
  /** Name → absolute path of a CSV file. */
  readonly tables: Readonly<Record<string, string>>;
  /** Request tags that it may set. */
  readonly tags: readonly string[];
  /** Live counter keys. */
  readonly countersMax: number;
}
