// `providers:` entries → ProviderConfig: which kind, where it lives, whose credential it gets.
import type { z } from 'zod';
import { nearest } from '../core/nearest.js';
import type { ProviderSpec } from '../provider/provider.js';
import { BUILT_IN_NAMES, PROVIDERS, providerSpec, vertexHost } from '../provider/table.js';
import type { ProviderConfig } from './config.js';
import type { Findings } from './findings.js';
import { isName } from './leaves.js';
import { parseUrl } from './net.js';
import type { Path } from './problem.js';
import { resolveHeaders } from './provider-headers.js';
import { resolveKeys } from './provider-keys.js';
import { listShape, providerSchema } from './schema.js';

type Values = z.output<typeof providerSchema>;

export const SIMULATOR = 'simulator:';

/** Keys that only one kind understands. */
const ONLY_FOR = {
  region: 'bedrock',
  api_version: 'azure-openai',
  project: 'vertex-ai',
  location: 'vertex-ai',
} as const;

/** All entries that are right, in the order of the file, and every name that was given. */
export function resolveProviders(
  raw: unknown,
  findings: Findings,
): { providers: ProviderConfig[]; names: Set<string> } {
  const providers: ProviderConfig[] = [];
  const names = new Set<string>();
  if (raw !== undefined && (typeof raw !== 'object' || raw === null || Array.isArray(raw))) {
    findings.parse(listShape.providers, raw, ['providers']);
    return { providers, names };
  }
  for (const [name, entry] of Object.entries(raw ?? {})) {
    names.add(name);
    const path = ['providers', name];
    if (!checkName(name, path, findings)) continue;
    // `openai:` with nothing after it is a provider with all defaults.
    const values = findings.parse(providerSchema, entry ?? {}, path);
    const spec = values && resolveKind(name, values.kind, path, findings);
    if (values === undefined || spec === undefined) continue;
    const provider = resolveProvider(name, spec, values, path, findings);
    if (provider !== null) providers.push(provider);
  }
  return { providers, names };
}

function checkName(name: string, path: Path, findings: Findings): boolean {
  if (name !== 'weir' && isName(name)) return true;
  const message =
    name === 'weir'
      ? "is reserved for Weir's own paths; allowed: any other name"
      : 'is no provider name; allowed: a-z, A-Z, 0-9, "-", "_", "." up to 64 characters';
  findings.error(path, message, 'key');
  return false;
}

function resolveKind(
  name: string,
  kind: string | undefined,
  path: Path,
  findings: Findings,
): ProviderSpec | undefined {
  const spec = providerSpec(kind ?? name);
  if (spec !== undefined) return spec;
  const kinds = PROVIDERS.map(known => known.kind);
  const near = nearest(kind ?? name, kind === undefined ? BUILT_IN_NAMES : kinds);
  const mend = near === null ? '' : ` did you mean ${near}?`;
  if (kind === undefined) {
    findings.error(
      path,
      `is not a built-in provider;${mend} allowed: a built-in name, or any name with kind: openai-compatible or another kind`,
      'key',
    );
  } else {
    findings.refuse([...path, 'kind'], kind, kinds.join(', '), mend.trim());
  }
  return undefined;
}

function resolveProvider(
  name: string,
  spec: ProviderSpec,
  values: Values,
  path: Path,
  findings: Findings,
): ProviderConfig | null {
  for (const [key, kind] of Object.entries(ONLY_FOR) as [keyof typeof ONLY_FOR, string][]) {
    if (values[key] === undefined || spec.kind === kind) continue;
    findings.error([...path, key], `has no meaning for kind ${spec.kind}; allowed: for ${kind} only`, 'key');
  }
  const keys = resolveKeys(values.keys, spec, [...path, 'keys'], findings);
  const baseUrl = resolveBaseUrl(spec, values, path, findings);
  checkProxy(values.proxy, [...path, 'proxy'], findings);
  const headers = resolveHeaders(values.headers, [...path, 'headers'], findings);
  if (baseUrl === null) return null;
  const region = values.region ?? regionOf(baseUrl);
  if (region === null && keys.some(key => key.accessKeyId !== null)) {
    findings.error(
      [...path, 'region'],
      'is missing; allowed: the AWS region that requests are signed for, such as us-east-1',
    );
  }
  return {
    name,
    kind: spec.kind,
    baseUrl,
    auth: values.auth,
    credentials: values.credentials,
    keys,
    usageOptIn: values.usage_opt_in,
    onAbort: values.on_abort,
    headers,
    proxy: values.proxy ?? null,
    exposeProviderLimits: values.expose_provider_limits,
    region: spec.kind === 'bedrock' ? region : null,
    apiVersion: values.api_version ?? null,
    project: values.project ?? null,
    location: spec.kind === 'vertex-ai' ? (values.location ?? 'global') : null,
  };
}

function resolveBaseUrl(spec: ProviderSpec, values: Values, path: Path, findings: Findings): string | null {
  const given = values.base_url;
  if (given !== undefined) return checkBaseUrl(given, [...path, 'base_url'], findings);
  if (spec.baseUrl === null) {
    findings.error(
      [...path, 'base_url'],
      `is missing; allowed: the address of this ${spec.kind}, such as https://host/v1`,
    );
    return null;
  }
  if (spec.kind === 'vertex-ai')
    return placeIn('https://{location}', 'location', values.location ?? 'global', path, findings);
  if (spec.kind !== 'bedrock') return spec.baseUrl;
  if (values.region === undefined) {
    findings.error(
      [...path, 'region'],
      'is missing; allowed: an AWS region such as us-east-1, or a base_url',
    );
    return null;
  }
  return placeIn(spec.baseUrl, 'region', values.region, path, findings);
}

/** Puts a region or location into a host name, where only letters, digits and hyphens may stand. */
function placeIn(
  template: string,
  key: 'region' | 'location',
  place: string,
  path: Path,
  findings: Findings,
): string | null {
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(place)) {
    findings.refuse([...path, key], place, 'a-z, 0-9 and "-"');
    return null;
  }
  return template.replace(`{${key}}`, key === 'location' ? vertexHost(place) : place);
}

function checkBaseUrl(given: string, path: Path, findings: Findings): string | null {
  if (given === SIMULATOR) return given;
  const allowed = 'https://host/path or http://host/path without query or credentials, or "simulator:"';
  const url = parseUrl(given);
  const plain = url !== null && url.username === '' && url.password === '' && !/[?#]/.test(given);
  if (!plain || (url.protocol !== 'https:' && url.protocol !== 'http:') || !/^https?:\/\//.test(given)) {
    findings.refuse(path, given, allowed);
    return null;
  }
  if (/\/(?:chat\/completions|messages|responses|embeddings)\/?$/.test(url.pathname)) {
    findings.warning(
      path,
      `ends in ${url.pathname}, which looks like one operation; the native path is added to the base`,
    );
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

function checkProxy(proxy: string | undefined, path: Path, findings: Findings): void {
  if (proxy === undefined) return;
  const url = parseUrl(proxy);
  const right =
    url !== null && (url.protocol === 'http:' || url.protocol === 'https:') && url.pathname === '/';
  if (!right || url.search !== '' || url.hash !== '') {
    findings.error(path, 'is no address of a proxy; allowed: http://[user:password@]host:port');
  }
}

/** The region in Bedrock's own host names. */
function regionOf(baseUrl: string): string | null {
  return /^https:\/\/bedrock-runtime(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com/.exec(baseUrl)?.[1] ?? null;
}
