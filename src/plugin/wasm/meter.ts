// Rewrites a module so that it counts fuel while it runs and ends below zero; V8 has no fuel of its own. The same bytes and limits always
// give the same bytes. Sections that need no change are copied as they are, custom ones are left out.
import { PAGE_BYTES } from '../../core/plugin-bounds.js';
import {
  ADDED_FUNCTIONS,
  ADDED_TYPES,
  AddedNames,
  refuseGlobalTypes,
  TYPE_BYTES,
  writeAddedGlobals,
} from './added-functions.js';
import { BodyScan } from './body-scan.js';
import { TABLE_ENTRIES_MAX } from './bounds.js';
import { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';
import { checkModule } from './check-module.js';
import { EXPORT_PREFIX } from './exports.js';
import type { ParsedModule, ValueLetter } from './parsed-module.js';
import { SECTION_ORDER, SectionId } from './parsed-module.js';
import { ModuleRefused } from './refused.js';
import { writeBody } from './write-body.js';

const HEADER_BYTES = 8;
const FUNCTION_KIND = 0;
const FUNCTION_FORM = 0x60;

export interface MeterLimits {
  /** Most memory that the module may have; its initial memory must fit. */
  readonly memoryBytes: number;
  /** Fuel of the start function: it runs before anybody can set fuel. */
  readonly startFuel: number;
}

/** The rewritten module. Throws ModuleRefused. */
export function meterModule(bytes: Uint8Array, limits: MeterLimits): Uint8Array {
  return new Rewriter(checkModule(bytes), limits).write();
}

class Rewriter {
  readonly #module: ParsedModule;
  readonly #limits: MeterLimits;
  readonly #names: AddedNames;
  readonly #out: ByteWriter;
  readonly #section = new ByteWriter(4096);
  readonly #pagesMax: number;

  constructor(module: ParsedModule, limits: MeterLimits) {
    this.#module = module;
    this.#limits = limits;
    this.#names = new AddedNames(module);
    this.#out = new ByteWriter(Math.ceil(module.bytes.length * 1.25));
    this.#pagesMax = cappedPages(module, limits.memoryBytes);
  }

  write(): Uint8Array {
    refuseGlobalTypes(this.#names);
    this.#out.copy(this.#module.bytes, 0, HEADER_BYTES);
    for (const id of SECTION_ORDER) this.#writeSection(id);
    return this.#out.written.slice();
  }

  #writeSection(id: number): void {
    const section = this.#section;
    section.clear();
    switch (id) {
      case SectionId.type:
        this.#writeTypes();
        break;
      case SectionId.function:
        this.#appendTo(id, ADDED_FUNCTIONS.length, i =>
          section.u32(this.#module.types.length + (ADDED_FUNCTIONS[i]?.type ?? 0)),
        );
        break;
      case SectionId.table:
        this.#writeTables();
        break;
      case SectionId.memory:
        this.#writeMemory();
        break;
      case SectionId.global:
        this.#writeGlobals();
        break;
      case SectionId.export:
        this.#writeExports();
        break;
      case SectionId.code:
        this.#writeCode();
        break;
      default:
        this.#copyOf(id);
    }
    if (section.length === 0) return;
    this.#out.u8(id);
    this.#out.sized(section);
  }

  #copyOf(id: number): void {
    const at = this.#module.sections.get(id);
    if (at !== undefined) this.#section.copy(this.#module.bytes, at.start, at.end);
  }

  /** A vector of the file with `added` entries more behind it. */
  #appendTo(id: number, added: number, write: (i: number) => void): void {
    const at = this.#module.sections.get(id);
    const reader = at === undefined ? null : new ByteReader(this.#module.bytes, at.start, at.end);
    this.#section.u32((reader?.u32() ?? 0) + added);
    if (reader !== null) this.#section.copy(this.#module.bytes, reader.at, reader.end);
    for (let i = 0; i < added; i++) write(i);
  }

  #writeTypes(): void {
    const lists = this.#names.resultLists;
    this.#appendTo(SectionId.type, ADDED_TYPES.length + lists.length, i => {
      const added = ADDED_TYPES[i];
      if (added !== undefined) {
        this.#section.raw(...added);
        return;
      }
      const results = lists[i - ADDED_TYPES.length] ?? '';
      this.#section.raw(FUNCTION_FORM, 0);
      this.#section.u32(results.length);
      for (const letter of results) this.#section.u8(TYPE_BYTES[letter as ValueLetter]);
    });
  }

  #writeTables(): void {
    const own = this.#module.tables.slice(this.#module.importedTables);
    if (own.length === 0) return;
    this.#section.u32(own.length);
    for (const table of own) {
      this.#section.raw(table.elementType, 1);
      this.#section.u32(table.initial);
      this.#section.u32(Math.min(table.maximum ?? TABLE_ENTRIES_MAX, TABLE_ENTRIES_MAX));
    }
  }

  #writeMemory(): void {
    const { memory, memoryImported } = this.#module;
    if (memory === null || memoryImported) return;
    this.#section.raw(1, 1);
    this.#section.u32(memory.initial);
    this.#section.u32(this.#pagesMax);
  }

  #writeGlobals(): void {
    const names = this.#names;
    const own = this.#module.globals.length - this.#module.importedGlobals;
    const content = this.#section;
    content.u32(own + names.count);
    const at = this.#module.sections.get(SectionId.global);
    if (at !== undefined) {
      const reader = new ByteReader(this.#module.bytes, at.start, at.end);
      reader.u32();
      content.copy(this.#module.bytes, reader.at, reader.end);
    }
    writeAddedGlobals(content, names, this.#limits.startFuel);
  }

  #writeExports(): void {
    for (const { name } of this.#module.exports) {
      if (!name.startsWith(EXPORT_PREFIX)) continue;
      throw new ModuleRefused(
        'export_name',
        `the export ${JSON.stringify(name)} begins with ${EXPORT_PREFIX}, which Weir keeps for itself`,
      );
    }
    const first = this.#module.functions.length;
    this.#appendTo(SectionId.export, ADDED_FUNCTIONS.length, i => {
      this.#section.name(ADDED_FUNCTIONS[i]?.name ?? '');
      this.#section.u8(FUNCTION_KIND);
      this.#section.u32(first + i);
    });
  }

  #writeCode(): void {
    const module = this.#module;
    const own = module.functions.length - module.importedFunctions;
    const body = new ByteWriter(4096);
    const scan = new BodyScan(module);
    this.#section.u32(own + ADDED_FUNCTIONS.length);
    for (let i = 0; i < own; i++) {
      scan.read(i);
      body.clear();
      writeBody(body, module.bytes, scan, module.bodies[2 * i + 1] as number, this.#names, this.#pagesMax);
      this.#section.sized(body);
    }
    for (const added of ADDED_FUNCTIONS) {
      body.clear();
      added.write(body, this.#names);
      body.u8(0x0b);
      this.#section.sized(body);
    }
  }
}

/** The maximum to declare, in pages. Throws where the module starts with more than is allowed. */
function cappedPages(module: ParsedModule, memoryBytes: number): number {
  const allowed = Math.floor(memoryBytes / PAGE_BYTES);
  const { memory } = module;
  if (memory === null) return 0;
  if (memory.initial > allowed && !module.memoryImported) {
    throw new ModuleRefused(
      'memory_too_big',
      `the module starts with ${memory.initial} pages (${memory.initial * PAGE_BYTES} bytes) of memory; the policy allows ${memoryBytes} bytes`,
    );
  }
  return Math.min(memory.maximum ?? allowed, allowed);
}
