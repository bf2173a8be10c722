// The plugin ABI `weir:policy/1` in tables (CONTRACT.md §5.2, 5.7, 5.10): hooks, grants, imports with their types, fields.
import type { Grant } from '../core/plugin-settings.js';

export const ABI = 'weir:policy/1';
export const MODULE_NAME = 'weir';

/** The hooks of a request, in its order. */
export const HOOKS = ['on_request', 'on_response', 'on_event', 'on_end'] as const;
export type HookName = (typeof HOOKS)[number];

/** Types as letters: `i` i32, `l` i64; '' is no result. */
export interface Signature {
  readonly params: string;
  readonly result: '' | 'i' | 'l';
}

export const HOOK_SIGNATURES: Readonly<Record<HookName | 'configure' | '_initialize', Signature>> = {
  on_request: { params: '', result: 'i' },
  on_response: { params: '', result: 'i' },
  on_event: { params: '', result: 'i' },
  on_end: { params: '', result: '' },
  configure: { params: '', result: 'i' },
  _initialize: { params: '', result: '' },
};

/** What a hook may return. */
export const RESULT_GO_ON = 0;
export const RESULT_DENY = 1;
export const RESULT_HOLD = 2;

/** What imports return. */
export const ABSENT = -1;
export const REFUSED = -2;
/** An absent integer field, a refused counter. */
export const ABSENT_I64 = -(2n ** 63n);

export interface ImportSpec extends Signature {
  /** null: any plugin may. */
  readonly grant: Grant | null;
}

const any = (params: string, result: '' | 'i' | 'l' = 'i'): ImportSpec => ({ params, result, grant: null });
const granted = (grant: Grant, params: string, result: '' | 'i' | 'l' = 'i'): ImportSpec => ({
  params,
  result,
  grant,
});

/** Functions of the import module `weir`. `held_append` and `tag_get` are additions within version 1, see docs/plugins.md. */
export const IMPORTS = {
  field_i64: any('i', 'l'),
  field_str: any('iii'),
  message_count: granted('messages.read', ''),
  message_role: granted('messages.read', 'iii'),
  message_text: granted('messages.read', 'iii'),
  message_set_text: granted('messages.write', 'iii'),
  header_get: granted('headers.read', 'iiii'),
  header_set: granted('headers.write', 'iiii'),
  header_remove: granted('headers.write', 'ii'),
  body_read: granted('body.read', 'iii'),
  body_query: granted('body.read', 'iiii'),
  body_replace: granted('body.write', 'ii'),
  event_text: granted('events.read', 'ii'),
  event_replace: granted('events.write', 'ii'),
  held_append: granted('events.write', 'iiii'),
  set_model: granted('route', 'ii'),
  set_target: granted('route', 'ii'),
  counter_add: granted('counters', 'iill', 'l'),
  lookup: granted('lookup', 'iiiiii'),
  deny: any('iiiiii', ''),
  state_get: any('ii'),
  state_set: any('ii'),
  evidence_i64: any('iil', ''),
  evidence_str: any('iiii', ''),
  tag: any('iiii', ''),
  tag_get: any('iiii'),
  log: any('iii', ''),
  config_read: any('ii'),
  count_tokens: any('ii', 'l'),
  now_ms: any('', 'l'),
  random_i64: any('', 'l'),
} as const satisfies Readonly<Record<string, ImportSpec>>;
export type ImportName = keyof typeof IMPORTS;

/** Functions of other modules that compilers import; answered without any power (CONTRACT.md §5.1). */
export const STUBS = {
  env: { abort: { params: 'iiii', result: '' } },
  wasi_snapshot_preview1: {
    fd_write: { params: 'iiii', result: 'i' },
    clock_time_get: { params: 'ili', result: 'i' },
    random_get: { params: 'ii', result: 'i' },
    environ_get: { params: 'ii', result: 'i' },
    environ_sizes_get: { params: 'ii', result: 'i' },
    args_get: { params: 'ii', result: 'i' },
    args_sizes_get: { params: 'ii', result: 'i' },
    proc_exit: { params: 'i', result: '' },
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Signature>>>>;

/** Field ids (CONTRACT.md §5.10). */
export const STRING_FIELDS = {
  provider: 1,
  api: 2,
  model: 3,
  model_served: 4,
  consumer: 5,
  key: 6,
  end_user: 7,
  method: 8,
  path: 9,
  client_ip: 10,
  request_id: 11,
  finish_reason: 12,
  event_kind: 13,
} as const;
export type StringField = keyof typeof STRING_FIELDS;

export const INTEGER_FIELDS = {
  stream: 32,
  input_tokens: 33,
  max_output_tokens: 34,
  tools: 35,
  opaque_parts: 36,
  status: 37,
  event_index: 38,
  choice: 39,
  output_tokens: 40,
  cached_input_tokens: 41,
  cache_write_tokens: 42,
  reasoning_tokens: 43,
} as const;
export type IntegerField = keyof typeof INTEGER_FIELDS;

export const EVENT_KINDS = ['text', 'reasoning', 'refusal', 'tool_arguments', 'end'] as const;
export type EventKind = (typeof EVENT_KINDS)[number];
