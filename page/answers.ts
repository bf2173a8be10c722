// What the admin API answers, as far as the page reads it (docs/admin.md, docs/records.md, docs/usage.md).

export interface Summary {
  readonly requests: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly tokens: Readonly<Record<string, number>>;
  readonly inflight: number | null;
  readonly gateway_ms: number | null;
  readonly first_byte_ms: number | null;
  /** RFC 3339. */
  readonly started_at: string;
  readonly blocked: readonly Blocked[];
}

export interface Blocked {
  readonly policy: string;
  readonly code: string;
  readonly mode: string;
  readonly count: number;
}

export interface UsageCounts {
  readonly requests: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cost_usd: string;
  readonly unpriced: number;
}

export interface UsageItem extends UsageCounts {
  readonly by: Readonly<Record<string, string | null>>;
}

export interface Usage {
  readonly items: readonly UsageItem[];
  readonly total: UsageCounts;
  readonly since: string | null;
  readonly until: string;
}

export interface LimitItem {
  readonly policy: string;
  readonly kind: string;
  readonly mode: string;
  readonly unit: string;
  readonly allows: string;
  readonly by: Readonly<Record<string, string>> | null;
  readonly limit: number | string;
  readonly used: number | string;
  readonly held: number | string;
  readonly available: number | string;
  readonly reset_ms: number;
}

export interface TargetItem {
  readonly target: string;
  readonly provider: string;
  readonly state: string;
  readonly reason: string | null;
  readonly keys: readonly { readonly name: string; readonly state: string }[];
}

export interface PluginItem {
  readonly policy: string;
  readonly name: string | null;
  readonly version: string | null;
  readonly file: string;
  readonly dropped: boolean;
  readonly mode: string;
  readonly fuel: number;
  readonly state: string;
  readonly reason: string | null;
  readonly counts: { readonly calls: number; readonly failed: number; readonly fuel: number };
}

export interface RequestItem {
  readonly id: string;
  readonly time: string;
  readonly outcome: string;
  readonly status: number | null;
  readonly error: { readonly code: string } | null;
  readonly request: { readonly method: string; readonly path: string };
  readonly ai: {
    readonly is_ai: boolean;
    readonly api: string;
    readonly model: string | null;
    readonly model_served: string | null;
  };
  readonly consumer: { readonly name: string } | null;
  readonly steps: readonly { policy: string | null; mode: string; verdict: string }[];
  readonly usage: { readonly input_tokens: number | null; readonly output_tokens: number | null };
  readonly cost: { readonly usd: string | null };
  readonly timing: { readonly total_ms: number | null; readonly gateway_ms: number | null };
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

export interface LedgerState {
  readonly full: boolean;
  readonly reason: string | null;
  readonly lost: number;
  readonly records: number;
}

export interface ConfigState {
  readonly problems: readonly string[];
}
