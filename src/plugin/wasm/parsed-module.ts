// What the parser keeps of a module: its types and index spaces, and where its sections and function bodies stand in the file.

/** `i` i32, `l` i64, `f` f32, `d` f64, `v` v128, `r` funcref, `x` externref. */
export type ValueLetter = 'i' | 'l' | 'f' | 'd' | 'v' | 'r' | 'x';

export interface FunctionType {
  /** A letter each. */
  readonly params: string;
  readonly results: string;
}

export type ExternalKind = 'function' | 'table' | 'memory' | 'global' | 'tag';
export const EXTERNAL_KINDS: readonly ExternalKind[] = ['function', 'table', 'memory', 'global', 'tag'];

export interface ImportEntry {
  readonly module: string;
  readonly name: string;
  readonly kind: ExternalKind;
  /** Of functions. */
  readonly type: FunctionType | null;
}

export interface ExportEntry {
  readonly name: string;
  readonly kind: ExternalKind;
  readonly index: number;
}

export interface Limits {
  readonly initial: number;
  /** null: none declared. */
  readonly maximum: number | null;
}

export interface TableEntry extends Limits {
  /** As written: 0x70 funcref, 0x6f externref. */
  readonly elementType: number;
}

export interface GlobalEntry {
  readonly type: ValueLetter;
  readonly mutable: boolean;
}

/** Where a section's content stands: `end` is exclusive. */
export interface Section {
  readonly id: number;
  readonly start: number;
  readonly end: number;
}

export const SectionId = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
  tag: 13,
} as const;

/** The order in which sections stand in a file. */
export const SECTION_ORDER: readonly number[] = [
  SectionId.type,
  SectionId.import,
  SectionId.function,
  SectionId.table,
  SectionId.memory,
  SectionId.tag,
  SectionId.global,
  SectionId.export,
  SectionId.start,
  SectionId.element,
  SectionId.dataCount,
  SectionId.code,
  SectionId.data,
];

export interface ParsedModule {
  readonly bytes: Uint8Array;
  /** By id, without custom ones. */
  readonly sections: ReadonlyMap<number, Section>;
  readonly types: readonly FunctionType[];
  readonly imports: readonly ImportEntry[];
  /** Of all functions, the imported ones first. */
  readonly functions: readonly FunctionType[];
  readonly importedFunctions: number;
  /** Own and imported tables, memories, globals: the imported ones first. */
  readonly tables: readonly TableEntry[];
  readonly importedTables: number;
  readonly memory: Limits | null;
  readonly memoryImported: boolean;
  readonly globals: readonly GlobalEntry[];
  readonly importedGlobals: number;
  /** Types of exceptions. */
  readonly tags: readonly FunctionType[];
  readonly exports: readonly ExportEntry[];
  /** Of body i: its start at 2i and its exclusive end at 2i+1; the size that stands before it is left out. */
  readonly bodies: Uint32Array;
  /** Content of the custom section `weir.manifest`. */
  readonly manifest: Uint8Array | null;
}
