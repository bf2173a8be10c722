// Reads the custom section `weir.manifest`: optional JSON with name, version, abi, wants and description. Other keys are left alone, so
// that later versions may add some.
import { ABI } from '../abi.js';
import { MANIFEST_BYTES_MAX, MANIFEST_TEXT_MAX } from './bounds.js';
import { ModuleRefused } from './refused.js';

export interface Manifest {
  readonly name: string | null;
  readonly version: string | null;
  readonly description: string | null;
}

const NONE: Manifest = { name: null, version: null, description: null };
const KEYS = ['name', 'version', 'description', 'abi'] as const;

/** Throws ModuleRefused where it is not such JSON, is of another ABI, or over its bounds. */
export function readManifest(section: Uint8Array | null): Manifest {
  if (section === null) return NONE;
  if (section.length > MANIFEST_BYTES_MAX) {
    throw refused(`has ${section.length} bytes; allowed are ${MANIFEST_BYTES_MAX}`);
  }
  const known = parse(section);
  const [name, version, description, abi] = KEYS.map(key => text(key, known[key]));
  if (abi !== null && abi !== ABI) throw refused(`says abi ${JSON.stringify(abi)}; this is ${ABI}`);
  return { name: name || null, version: version || null, description: description ?? null };
}

function parse(section: Uint8Array): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(section));
  } catch {
    throw refused('is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw refused('is not a JSON object');
  return value as Readonly<Record<string, unknown>>;
}

/** Control characters become U+FFFD: these texts end in logs and on pages. */
function text(key: string, value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string') throw refused(`has a ${key} that is not a string`);
  if (value.length > MANIFEST_TEXT_MAX) {
    throw refused(`has a ${key} of ${value.length} characters; allowed are ${MANIFEST_TEXT_MAX}`);
  }
  return value.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Cs}]/gu, '�');
}

function refused(what: string): ModuleRefused {
  return new ModuleRefused('manifest', `the section weir.manifest ${what}`);
}
