// The sections that fill a module's index spaces: imports, tables, memories, tags, globals; and exports and segments.
import {
  EXPORTS_MAX,
  GLOBALS_MAX,
  IMPORTS_MAX,
  MUTABLE_GLOBALS_MAX,
  SEGMENTS_MAX,
  TABLE_ENTRIES_MAX,
  TABLES_MAX,
  TAGS_MAX,
} from './bounds.js';
import type { ByteReader } from './byte-reader.js';
import type {
  ExportEntry,
  FunctionType,
  GlobalEntry,
  ImportEntry,
  Limits,
  TableEntry,
} from './parsed-module.js';
import { EXTERNAL_KINDS, SectionId } from './parsed-module.js';
import { readMemory, readTable, readValueType, skipConstantExpression, unsupported } from './read-types.js';
import { ModuleRefused, refuseOver } from './refused.js';

/** Filled section by section. */
export interface IndexSpaces {
  types: FunctionType[];
  imports: ImportEntry[];
  functions: FunctionType[];
  importedFunctions: number;
  tables: TableEntry[];
  importedTables: number;
  memories: Limits[];
  memoryImported: boolean;
  globals: GlobalEntry[];
  importedGlobals: number;
  tags: FunctionType[];
}

export function readImports(reader: ByteReader, spaces: IndexSpaces): void {
  const count = reader.count(4);
  refuseOver('too_many', 'imports', count, IMPORTS_MAX);
  for (let i = 0; i < count; i++) {
    const module = reader.name();
    const name = reader.name();
    const kind = EXTERNAL_KINDS[reader.u8()];
    if (kind === undefined) throw unsupported(`an import of unknown kind (${module}.${name})`);
    const type = kind === 'function' ? typeAt(spaces, reader.u32()) : null;
    if (type !== null) spaces.functions.push(type);
    else if (kind === 'table') spaces.tables.push(readTable(reader));
    else if (kind === 'memory') addMemory(reader, spaces);
    else if (kind === 'global') spaces.globals.push(readGlobalType(reader));
    else spaces.tags.push(readTag(reader, spaces));
    spaces.imports.push({ module, name, kind, type });
  }
  spaces.importedFunctions = spaces.functions.length;
  spaces.importedTables = spaces.tables.length;
  spaces.importedGlobals = spaces.globals.length;
  spaces.memoryImported = spaces.memories.length > 0;
}

function typeAt(spaces: IndexSpaces, index: number): FunctionType {
  const type = spaces.types[index];
  if (type === undefined) throw new ModuleRefused('malformed', `type ${index} is not there`);
  return type;
}

export function readTables(reader: ByteReader, spaces: IndexSpaces): void {
  const count = reader.count(3);
  refuseOver('too_many', 'tables', count, TABLES_MAX);
  let entries = 0;
  for (let i = 0; i < count; i++) {
    const table = readTable(reader);
    entries += table.initial;
    spaces.tables.push(table);
  }
  refuseOver('table_too_big', 'table entries at its start', entries, TABLE_ENTRIES_MAX);
}

export function readMemories(reader: ByteReader, spaces: IndexSpaces): void {
  const count = reader.count(2);
  for (let i = 0; i < count; i++) addMemory(reader, spaces);
}

function addMemory(reader: ByteReader, spaces: IndexSpaces): void {
  spaces.memories.push(readMemory(reader));
  if (spaces.memories.length > 1) throw unsupported('more than one memory (multi-memory)');
}

export function readTags(reader: ByteReader, spaces: IndexSpaces): void {
  const count = reader.count(2);
  refuseOver('too_many', 'tags', count, TAGS_MAX);
  for (let i = 0; i < count; i++) spaces.tags.push(readTag(reader, spaces));
}

function readTag(reader: ByteReader, spaces: IndexSpaces): FunctionType {
  const attribute = reader.u8();
  if (attribute !== 0) throw unsupported(`a tag with the attribute ${attribute}`);
  return typeAt(spaces, reader.u32());
}

export function readGlobals(reader: ByteReader, spaces: IndexSpaces): void {
  const count = reader.count(4);
  refuseOver('too_many', 'globals', count, GLOBALS_MAX);
  let mutable = 0;
  for (let i = 0; i < count; i++) {
    const global = readGlobalType(reader);
    skipConstantExpression(reader);
    if (global.mutable) refuseOver('too_many', 'mutable globals', ++mutable, MUTABLE_GLOBALS_MAX);
    spaces.globals.push(global);
  }
}

function readGlobalType(reader: ByteReader): GlobalEntry {
  const type = readValueType(reader);
  const flags = reader.u8();
  if (flags > 1) throw unsupported(`a global with the flags ${flags} (threads)`);
  return { type, mutable: flags === 1 };
}

export function readExports(reader: ByteReader, exports: ExportEntry[]): void {
  const count = reader.count(3);
  refuseOver('too_many', 'exports', count, EXPORTS_MAX);
  for (let i = 0; i < count; i++) {
    const name = reader.name();
    const kind = EXTERNAL_KINDS[reader.u8()];
    if (kind === undefined) throw unsupported(`an export of unknown kind (${name})`);
    exports.push({ name, kind, index: reader.u32() });
  }
}

/** Only counted: what they hold is copied as it is, and the engine has checked it. */
export function readSegments(reader: ByteReader, id: number): void {
  const what = id === SectionId.data ? 'data segments' : 'element segments';
  refuseOver('too_many', what, reader.count(2), SEGMENTS_MAX);
}
