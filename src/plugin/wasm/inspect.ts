// Holds a module against the plugin ABI (CONTRACT.md §5.1, 5.2, 5.7) and says what it is. V8 does not compare the types of
// JavaScript imports, so it is done here.
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { Grant } from '../../core/plugin-settings.js';
import { DEFAULT_GRANTS } from '../../core/plugin-settings.js';
import type { HookName, Signature } from '../abi.js';
import { HOOK_SIGNATURES, HOOKS } from '../abi.js';
import type { ModuleFacts } from '../prepared.js';
import { AddedNames, refuseGlobalTypes } from './added-functions.js';
import { checkImports } from './check-imports.js';
import { checkModule } from './check-module.js';
import { EXPORT_PREFIX } from './exports.js';
import { readManifest } from './manifest.js';
import type { Limits, ParsedModule } from './parsed-module.js';
import { ModuleRefused } from './refused.js';
import { sameSignature, signatureText } from './signature.js';

const NUMBER_TYPES = { i: 'i32', l: 'i64', f: 'f32', d: 'f64' } as const;

/**
 * Everything that can be told of a module without running it. `grants` null: imports are not compared with grants.
 * Throws ModuleRefused and nothing else, whatever the bytes are.
 */
export function inspectModule(
  bytes: Uint8Array,
  grants: ReadonlySet<Grant> | null,
  fileName: string,
): ModuleFacts {
  const module = checkModule(bytes);
  const memory = ownMemory(module);
  const names = new AddedNames(module);
  refuseGlobalTypes(names);
  const used = checkImports(module, grants);
  refuseOwnNames(module);
  const hooks = HOOKS.filter(hook => hasHook(module, hook));
  const hasConfigure = hasHook(module, 'configure');
  const hasInitialize = hasHook(module, '_initialize');
  if (hooks.length === 0) {
    throw new ModuleRefused('hook_missing', `the module exports none of ${HOOKS.join(', ')}`);
  }
  const manifest = readManifest(module.manifest);
  return {
    name: manifest.name ?? basename(fileName).replace(/\.wasm$/, ''),
    version: manifest.version,
    description: manifest.description,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    bytes: bytes.length,
    hooks,
    hasConfigure,
    hasInitialize,
    imports: used.names,
    grantsNeeded: used.grants.filter(grant => !DEFAULT_GRANTS.includes(grant)),
    memoryPages: memory.initial,
    memoryPagesMax: memory.maximum,
    functions: module.functions.length - module.importedFunctions,
    mutableGlobals: names.keptTypes.map(type => NUMBER_TYPES[type as keyof typeof NUMBER_TYPES]),
  };
}

function ownMemory(module: ParsedModule): Limits {
  if (module.memoryImported) {
    throw new ModuleRefused('memory_kind', 'the memory is imported; a plugin has a memory of its own');
  }
  if (module.memory === null) {
    throw new ModuleRefused(
      'memory_missing',
      'the module has no memory; it must have one, exported as "memory"',
    );
  }
  const exported = module.exports.find(entry => entry.name === 'memory');
  if (exported?.kind !== 'memory') {
    const found = exported === undefined ? 'no export has that name' : `a ${exported.kind} has that name`;
    throw new ModuleRefused('memory_not_exported', `the memory must be exported as "memory"; ${found}`);
  }
  return module.memory;
}

function refuseOwnNames(module: ParsedModule): void {
  for (const { name } of module.exports) {
    if (!name.startsWith(EXPORT_PREFIX)) continue;
    throw new ModuleRefused(
      'export_name',
      `the export ${JSON.stringify(name)} begins with ${EXPORT_PREFIX}, which Weir keeps for itself`,
    );
  }
}

/** Whether a hook is exported; throws where it is not what the ABI says. */
function hasHook(module: ParsedModule, hook: HookName | 'configure' | '_initialize'): boolean {
  const entry = module.exports.find(({ name }) => name === hook);
  if (entry === undefined) return false;
  const wanted: Signature = HOOK_SIGNATURES[hook];
  const type = entry.kind === 'function' ? module.functions[entry.index] : undefined;
  if (type === undefined || !sameSignature(type, wanted)) {
    const found = type === undefined ? `a ${entry.kind}` : signatureText(type.params, type.results);
    throw new ModuleRefused(
      'hook_type',
      `the export ${hook} is ${found}; it must be ${signatureText(wanted.params, wanted.result)}`,
    );
  }
  if (entry.index < module.importedFunctions) {
    throw new ModuleRefused(
      'hook_imported',
      `the export ${hook} is an import; it must be the module's own function`,
    );
  }
  return true;
}
