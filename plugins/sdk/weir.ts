// The imports of `weir:policy/1` as the host offers them (docs/plugins.md has the meaning of each). The file's name is the import module's:
// AssemblyScript names the module of a declared function after its file. A module imports only what its code reaches.

// Fields, by the ids of field.ts.
export declare function field_i64(id: i32): i64;
export declare function field_str(id: i32, ptr: usize, cap: i32): i32;
export declare function tag_get(key: usize, keyLen: i32, ptr: usize, cap: i32): i32;

// The conversation.
export declare function message_count(): i32;
export declare function message_role(i: i32, ptr: usize, cap: i32): i32;
export declare function message_text(i: i32, ptr: usize, cap: i32): i32;
export declare function message_set_text(i: i32, ptr: usize, len: i32): i32;

// Headers and the raw body.
export declare function header_get(name: usize, nameLen: i32, ptr: usize, cap: i32): i32;
export declare function header_set(name: usize, nameLen: i32, ptr: usize, len: i32): i32;
export declare function header_remove(name: usize, nameLen: i32): i32;
export declare function body_read(offset: i32, ptr: usize, cap: i32): i32;
export declare function body_query(pointer: usize, pointerLen: i32, ptr: usize, cap: i32): i32;
export declare function body_replace(ptr: usize, len: i32): i32;

// The answer's events.
export declare function event_text(ptr: usize, cap: i32): i32;
export declare function event_replace(ptr: usize, len: i32): i32;
export declare function held_append(kind: i32, choice: i32, ptr: usize, len: i32): i32;

// Where the request goes.
export declare function set_model(ptr: usize, len: i32): i32;
export declare function set_target(ptr: usize, len: i32): i32;

// What outlives the request, and what was given by the policy.
export declare function counter_add(key: usize, keyLen: i32, delta: i64, ttlMs: i64): i64;
export declare function lookup(
  table: usize,
  tableLen: i32,
  key: usize,
  keyLen: i32,
  ptr: usize,
  cap: i32,
): i32;
export declare function config_read(ptr: usize, cap: i32): i32;

// This request alone.
export declare function deny(
  status: i32,
  code: usize,
  codeLen: i32,
  msg: usize,
  msgLen: i32,
  retryAfterMs: i32,
): void;
export declare function state_get(ptr: usize, cap: i32): i32;
export declare function state_set(ptr: usize, len: i32): i32;
export declare function evidence_i64(key: usize, keyLen: i32, value: i64): void;
export declare function evidence_str(key: usize, keyLen: i32, ptr: usize, len: i32): void;
export declare function tag(key: usize, keyLen: i32, ptr: usize, len: i32): void;
export declare function log(level: i32, ptr: usize, len: i32): void;

export declare function count_tokens(ptr: usize, len: i32): i64;
export declare function now_ms(): i64;
export declare function random_i64(): i64;
