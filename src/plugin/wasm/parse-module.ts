// One pass over a module's sections: counts against bounds and against the bytes that are left before anything is made. It runs before the
// engine has seen the file (check-module.ts says why), so it takes nothing for granted.
import { CUSTOM_SECTIONS_MAX, FUNCTIONS_MAX, TYPES_MAX } from './bounds.js';
import { ByteReader } from './byte-reader.js';
import type { ParsedModule, Section } from './parsed-module.js';
import { SECTION_ORDER, SectionId } from './parsed-module.js';
import type { IndexSpaces } from './read-index-spaces.js';
import {
  readExports,
  readGlobals,
  readImports,
  readMemories,
  readSegments,
  readTables,
  readTags,
} from './read-index-spaces.js';
import { readFunctionType } from './read-types.js';
import { ModuleRefused, refuseOver } from './refused.js';

/** `\0asm`, version 1. */
const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const MANIFEST_SECTION = 'weir.manifest';

/** Throws ModuleRefused: no module, malformed, over a bound, or of a feature that plugins may not use. */
export function parseModule(bytes: Uint8Array): ParsedModule {
  if (!HEADER.every((byte, i) => bytes[i] === byte)) {
    throw new ModuleRefused(
      'invalid',
      `the ${bytes.length} bytes do not begin as a WebAssembly module of version 1`,
    );
  }
  const { sections, manifest } = readSections(bytes);
  const spaces: IndexSpaces = {
    types: readTypes(bytes, sections.get(SectionId.type)),
    imports: [],
    functions: [],
    importedFunctions: 0,
    tables: [],
    importedTables: 0,
    memories: [],
    memoryImported: false,
    globals: [],
    importedGlobals: 0,
    tags: [],
  };
  const read = (id: number, what: (reader: ByteReader, spaces: IndexSpaces) => void): void => {
    const section = sections.get(id);
    if (section === undefined) return;
    const reader = new ByteReader(bytes, section.start, section.end);
    what(reader, spaces);
    if (reader.left > 0)
      throw new ModuleRefused('malformed', `section ${id} has ${reader.left} bytes too many`);
  };
  read(SectionId.import, readImports);
  read(SectionId.function, readFunctions);
  read(SectionId.table, readTables);
  read(SectionId.memory, readMemories);
  read(SectionId.tag, readTags);
  read(SectionId.global, readGlobals);
  for (const id of [SectionId.element, SectionId.data]) {
    const section = sections.get(id);
    if (section !== undefined) readSegments(new ByteReader(bytes, section.start, section.end), id);
  }
  const exports: ParsedModule['exports'][number][] = [];
  read(SectionId.export, reader => readExports(reader, exports));
  const bodies = readBodies(bytes, sections.get(SectionId.code), spaces);
  return { bytes, sections, ...spaces, memory: spaces.memories[0] ?? null, exports, bodies, manifest };
}

function readSections(bytes: Uint8Array): { sections: Map<number, Section>; manifest: Uint8Array | null } {
  const reader = new ByteReader(bytes, HEADER.length);
  const sections = new Map<number, Section>();
  let manifest: Uint8Array | null = null;
  let customs = 0;
  let place = -1;
  while (reader.left > 0) {
    const id = reader.u8();
    const size = reader.u32();
    const start = reader.at;
    reader.skip(size);
    if (id === SectionId.custom) {
      refuseOver('too_many', 'custom sections', ++customs, CUSTOM_SECTIONS_MAX);
      manifest ??= manifestIn(new ByteReader(bytes, start, reader.at));
      continue;
    }
    const order = SECTION_ORDER.indexOf(id);
    if (order <= place) {
      const why = order < 0 ? 'is of an unknown kind' : 'is twice in the file or out of order';
      throw new ModuleRefused('malformed', `the section ${id} at byte ${start} ${why}`);
    }
    place = order;
    sections.set(id, { id, start, end: reader.at });
  }
  return { sections, manifest };
}

function manifestIn(reader: ByteReader): Uint8Array | null {
  const length = reader.u32();
  if (length !== MANIFEST_SECTION.length) return null;
  for (let i = 0; i < length; i++) if (reader.u8() !== MANIFEST_SECTION.charCodeAt(i)) return null;
  return reader.bytes.subarray(reader.at, reader.end);
}

function readTypes(bytes: Uint8Array, section: Section | undefined): IndexSpaces['types'] {
  const types: IndexSpaces['types'] = [];
  if (section === undefined) return types;
  const reader = new ByteReader(bytes, section.start, section.end);
  const count = reader.count(2);
  refuseOver('too_many', 'types', count, TYPES_MAX);
  for (let i = 0; i < count; i++) types.push(readFunctionType(reader));
  return types;
}

function readFunctions(reader: ByteReader, spaces: IndexSpaces): void {
  const count = reader.count(1);
  refuseOver('too_many', 'functions', count, FUNCTIONS_MAX);
  for (let i = 0; i < count; i++) {
    const type = spaces.types[reader.u32()];
    if (type === undefined)
      throw new ModuleRefused('malformed', `function ${i} has a type that is not there`);
    spaces.functions.push(type);
  }
}

function readBodies(bytes: Uint8Array, section: Section | undefined, spaces: IndexSpaces): Uint32Array {
  const own = spaces.functions.length - spaces.importedFunctions;
  const bodies = new Uint32Array(2 * own);
  const reader = section === undefined ? null : new ByteReader(bytes, section.start, section.end);
  const count = reader?.count(2) ?? 0;
  if (count !== own) {
    throw new ModuleRefused('malformed', `${own} functions are declared and ${count} have a body`);
  }
  if (reader === null) return bodies;
  for (let i = 0; i < own; i++) {
    const size = reader.u32();
    bodies[2 * i] = reader.at;
    reader.skip(size);
    bodies[2 * i + 1] = reader.at;
  }
  return bodies;
}
