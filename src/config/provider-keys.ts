// A provider's keys: AWS kinds may sign with a key pair, all others have one value each.
import type { z } from 'zod';
import type { ProviderSpec } from '../provider/provider.js';
import type { ProviderKey } from './config.js';
import type { Findings } from './findings.js';
import type { Path } from './problem.js';
import type { keySchema } from './schema.js';

type KeyValues = z.output<typeof keySchema>;

const AWS_PARTS = ['access_key_id', 'secret_access_key', 'session_token'] as const;

export function resolveKeys(
  keys: readonly KeyValues[],
  spec: ProviderSpec,
  path: Path,
  findings: Findings,
): ProviderKey[] {
  const names = new Set<string>();
  return keys.map((key, i) => {
    const name = key.name ?? `key-${i + 1}`;
    const place = [...path, i];
    if (names.has(name)) {
      findings.refuse([...place, 'name'], name, 'each name once', 'it stands here a second time;');
    }
    names.add(name);
    if (spec.auth === 'sigv4') checkAwsKey(key, place, findings);
    else checkPlainKey(key, spec, place, findings);
    return {
      name,
      value: key.value ?? null,
      accessKeyId: key.access_key_id ?? null,
      secretAccessKey: key.secret_access_key ?? null,
      sessionToken: key.session_token ?? null,
    };
  });
}

function checkPlainKey(key: KeyValues, spec: ProviderSpec, path: Path, findings: Findings): void {
  for (const part of AWS_PARTS) {
    if (key[part] === undefined) continue;
    findings.error([...path, part], `has no meaning for kind ${spec.kind}; allowed: value`, 'key');
  }
  if (key.value === undefined)
    findings.error([...path, 'value'], 'is missing; allowed: the API key or token');
  else if (key.value.startsWith('weir_')) {
    findings.error([...path, 'value'], "is a Weir key; allowed: the provider's own key");
  } else if (spec.kind === 'vertex-ai' && key.value.startsWith('{')) {
    findings.error(
      [...path, 'value'],
      'is a service-account file; allowed in this version: an OAuth access token',
    );
  }
}

function checkAwsKey(key: KeyValues, path: Path, findings: Findings): void {
  const allowed = 'allowed: access_key_id with secret_access_key, or value';
  const pair = key.access_key_id !== undefined || key.secret_access_key !== undefined;
  if (key.value !== undefined) {
    if (pair) findings.error(path, `has both a value and an AWS key pair; ${allowed}`);
    return;
  }
  if (!pair) findings.error(path, `has no credential; ${allowed}`);
  else if (key.access_key_id === undefined)
    findings.error([...path, 'access_key_id'], `is missing; ${allowed}`);
  else if (key.secret_access_key === undefined) {
    findings.error([...path, 'secret_access_key'], `is missing; ${allowed}`);
  }
}
