// Compares a module's imports with the ABI's table: known names, the same types, and a grant for each.
import { nearest } from '../../core/nearest.js';
import type { Grant } from '../../core/plugin-settings.js';
import type { ImportSpec, Signature } from '../abi.js';
import { IMPORTS, MODULE_NAME, STUBS } from '../abi.js';
import type { ImportEntry, ParsedModule } from './parsed-module.js';
import { ModuleRefused } from './refused.js';
import { sameSignature, signatureText } from './signature.js';

export interface UsedImports {
  /** Of module `weir`, each once, in the file's order. */
  readonly names: readonly string[];
  readonly grants: readonly Grant[];
}

const OURS: ReadonlyMap<string, ImportSpec> = new Map(Object.entries(IMPORTS));
const STUB_MODULES: ReadonlyMap<string, ReadonlyMap<string, Signature>> = new Map(
  Object.entries(STUBS).map(([module, functions]) => [module, new Map(Object.entries(functions))]),
);
const SHOWN_NAME_MAX = 80;

/** Throws ModuleRefused naming the first import that is not known or of another type, or all that lack a grant. */
export function checkImports(module: ParsedModule, grants: ReadonlySet<Grant> | null): UsedImports {
  const names = new Set<string>();
  const needed = new Map<Grant, string>();
  for (const entry of module.imports) {
    const wanted = specOf(entry);
    if (entry.type === null || !sameSignature(entry.type, wanted)) {
      const found = signatureText(entry.type?.params ?? '', entry.type?.results ?? '');
      throw new ModuleRefused(
        'import_type',
        `the import ${shown(entry)} has the type ${found}; it is ${signatureText(wanted.params, wanted.result)}`,
      );
    }
    if (entry.module !== MODULE_NAME) continue;
    names.add(entry.name);
    const grant = OURS.get(entry.name)?.grant ?? null;
    if (grant !== null && !needed.has(grant)) needed.set(grant, entry.name);
  }
  if (grants !== null) refuseUngranted(needed, grants);
  return { names: [...names], grants: [...needed.keys()] };
}

function specOf(entry: ImportEntry): Signature {
  if (entry.kind !== 'function') {
    throw new ModuleRefused(
      'import_kind',
      `the import ${shown(entry)} is a ${entry.kind}; a plugin imports only functions`,
    );
  }
  const known = entry.module === MODULE_NAME ? OURS : STUB_MODULES.get(entry.module);
  const spec = known?.get(entry.name);
  if (spec !== undefined) return spec;
  throw new ModuleRefused('import_unknown', `the import ${shown(entry)} is not known${hint(entry, known)}`);
}

function hint(entry: ImportEntry, known: ReadonlyMap<string, unknown> | undefined): string {
  if (known === undefined) {
    return `; functions are imported from ${[MODULE_NAME, ...STUB_MODULES.keys()].join(', ')}`;
  }
  const near = entry.name.length > SHOWN_NAME_MAX ? null : nearest(entry.name, [...known.keys()]);
  if (near !== null) return `; did you mean ${near}?`;
  return entry.module === MODULE_NAME
    ? ''
    : `; of ${entry.module} these are: ${[...known.keys()].join(', ')}`;
}

function refuseUngranted(needed: ReadonlyMap<Grant, string>, grants: ReadonlySet<Grant>): void {
  const missing = [...needed].filter(([grant]) => !grants.has(grant));
  if (missing.length === 0) return;
  const list = missing.map(([grant, name]) => `${grant} (for ${MODULE_NAME}.${name})`).join(', ');
  throw new ModuleRefused(
    'grant_missing',
    `the module needs grant ${list}, which its policy does not give (\`grant:\`; a file of plugins_dir has the default grants alone)`,
  );
}

/** A guest's own name, made fit for a log line. */
function shown(entry: ImportEntry): string {
  const name = `${entry.module}.${entry.name}`;
  const cut = name.length > SHOWN_NAME_MAX ? `${name.slice(0, SHOWN_NAME_MAX)}…` : name;
  return JSON.stringify(cut);
}
