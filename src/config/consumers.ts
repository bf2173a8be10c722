// `consumers:` entries → ConsumerConfig: who may call, by which keys, until when, for which models.
import type { z } from 'zod';
import type { ConsumerConfig, ConsumerKey } from './config.js';
import { parseExpiry } from './expiry.js';
import type { Findings } from './findings.js';
import type { Path } from './problem.js';
import { type consumerKeySchema, consumerSchema, listShape } from './schema.js';

/** Names and digests seen so far, over all consumers. */
interface Seen {
  readonly names: Set<string>;
  readonly digests: Map<string, string>;
}

export function resolveConsumers(
  raw: unknown,
  findings: Findings,
  nowMs: number,
): { consumers: ConsumerConfig[]; names: Set<string> } {
  const seen: Seen = { names: new Set(), digests: new Map() };
  const consumers: ConsumerConfig[] = [];
  if (raw !== undefined && !Array.isArray(raw)) {
    findings.parse(listShape.consumers, raw, ['consumers']);
    return { consumers, names: seen.names };
  }
  for (const [i, entry] of (raw ?? []).entries()) {
    const path = ['consumers', i];
    const values = findings.parse(consumerSchema, entry, path);
    if (values === undefined) continue;
    if (values.name === 'anonymous') {
      findings.error(
        [...path, 'name'],
        'is "anonymous", the name of callers without a Weir key; allowed: any other',
      );
    } else if (seen.names.has(values.name)) {
      findings.refuse([...path, 'name'], values.name, 'each name once', 'it stands here a second time;');
    }
    seen.names.add(values.name);
    const keys = values.keys.map((key, k) => resolveKey(key, k, [...path, 'keys', k], findings, seen, nowMs));
    const names = new Set<string>();
    keys.forEach((key, k) => {
      if (names.has(key.name)) {
        findings.refuse(
          [...path, 'keys', k, 'name'],
          key.name,
          'each name once',
          'it stands here a second time;',
        );
      }
      names.add(key.name);
    });
    consumers.push({ name: values.name, tags: values.tags, keys });
  }
  return { consumers, names: seen.names };
}

function resolveKey(
  key: z.output<typeof consumerKeySchema>,
  index: number,
  path: Path,
  findings: Findings,
  seen: Seen,
  nowMs: number,
): ConsumerKey {
  const name = key.name ?? `key-${index + 1}`;
  const sha256 = key.sha256.toLowerCase();
  const shown = pathName(path);
  const place = [...path, 'sha256'];
  if (sha256.startsWith('weir_')) {
    findings.error(
      place,
      'is a Weir key itself, which must not be stored; allowed: its SHA-256 (printf %s KEY | sha256sum)',
    );
  } else if (!/^[0-9a-f]{64}$/.test(sha256)) {
    findings.error(
      place,
      `has ${sha256.length} characters; allowed: 64 hexadecimal digits, as \`weir key new\` prints`,
    );
  } else if (seen.digests.has(sha256)) {
    findings.error(place, `is the same key as ${seen.digests.get(sha256)}; allowed: each key once`);
  } else seen.digests.set(sha256, shown);
  const expiresMs = key.expires === undefined ? null : parseExpiry(key.expires);
  if (expiresMs === undefined) {
    const allowed = 'a date such as 2027-01-01 or a time such as 2027-01-01T12:00:00Z';
    findings.refuse([...path, 'expires'], key.expires ?? '', allowed);
  } else if (expiresMs !== null && expiresMs <= nowMs) {
    findings.warning([...path, 'expires'], `is ${key.expires}, which is past: this key is refused`);
  }
  return { name, sha256, expiresMs: expiresMs ?? null, models: key.models };
}

function pathName(path: Path): string {
  return `consumers[${path[1]}].keys[${path[3]}]`;
}
