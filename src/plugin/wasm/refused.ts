// Why a module is not taken: one stable code for programs and one sentence with numbers for people.

export const REFUSAL_CODES = [
  'too_big',
  'invalid',
  'malformed',
  'unknown_opcode',
  'feature_unsupported',
  'too_many',
  'too_many_locals',
  'too_many_operands',
  'nesting_too_deep',
  'function_too_big',
  'compile_work',
  'table_too_big',
  'memory_missing',
  'memory_kind',
  'memory_not_exported',
  'memory_too_big',
  'global_type',
  'import_kind',
  'import_unknown',
  'import_type',
  'grant_missing',
  'hook_missing',
  'hook_type',
  'hook_imported',
  'export_name',
  'manifest',
] as const;
export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** The only error that this room throws for anything a file holds. */
export class ModuleRefused extends Error {
  override readonly name = 'ModuleRefused';
  readonly code: RefusalCode;

  constructor(code: RefusalCode, sentence: string) {
    super(sentence);
    this.code = code;
  }
}

/** For a bound: throws where `found` is over `max`. `what` names the thing in the plural: "types". */
export function refuseOver(code: RefusalCode, what: string, found: number, max: number): void {
  if (found > max) throw new ModuleRefused(code, `the module has ${found} ${what}; allowed are ${max}`);
}
