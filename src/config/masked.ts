// The configuration as it may be shown: the contract's key names and units, every secret `***`;
// and the list of those secrets, so that logs and errors can be scrubbed.
import { formatBytes, formatDuration } from '../core/units.js';
import type { Address, Config, ConsumerConfig, ProviderConfig, RouteConfig } from './config.js';
import { parseUrl } from './net.js';
import { shownPolicy, shownPrice } from './shown-policies.js';

const MASK = '***';
/** Shorter texts stand in ordinary sentences too; replacing them everywhere would only garble logs. */
const SECRET_CHARS_MIN = 4;
/** Most extra headers are no secrets (`true`, a version): only longer values are treated as if they were. */
const HEADER_CHARS_MIN = 8;

/** For `/api/config`. Plain JSON. */
export function maskedConfig(config: Config): unknown {
  const { limits, timeouts, ledger } = config;
  return {
    listen: addressText(config.listen),
    tls: config.tls,
    workers: config.workers,
    data_dir: config.dataDir,
    admin: { listen: addressText(config.admin.listen), token: config.admin.token === null ? null : MASK },
    limits: {
      body_bytes: formatBytes(limits.bodyBytes),
      buffered_bytes: formatBytes(limits.bufferedBytes),
      inspect_bytes: formatBytes(limits.inspectBytes),
      header_bytes: formatBytes(limits.headerBytes),
    },
    timeouts: {
      connect: formatDuration(timeouts.connectMs),
      first_byte: formatDuration(timeouts.firstByteMs),
      idle: formatDuration(timeouts.idleMs),
      total: formatDuration(timeouts.totalMs),
      drain: formatDuration(timeouts.drainMs),
    },
    ...shownResilience(config),
    trusted_proxies: config.trustedProxies,
    timezone: config.timezone,
    cors: { origins: config.corsOrigins },
    providers: Object.fromEntries(
      config.providers.map(provider => [provider.name, maskedProvider(provider)]),
    ),
    consumers: config.consumers.map(maskedConsumer),
    anonymous: config.anonymous,
    routes: config.routes.map(shownRoute),
    tags: config.tags,
    metrics: config.metrics,
    log: config.log,
    otlp: maskedOtlp(config.otlp),
    policies: config.policies.map(shownPolicy),
    plugins_dir: config.pluginsDir,
    ledger: {
      durability: ledger.durability,
      on_full: ledger.onFull,
      retention: formatDuration(ledger.retentionMs),
      rollup_retention: formatDuration(ledger.rollupRetentionMs),
    },
    prices: config.prices.map(shownPrice),
  };
}

function shownResilience({ retry, breaker }: Config): { retry: unknown; breaker: unknown } {
  const { backoffMs, backoffMaxMs, ...tries } = retry;
  const { openMs, openMaxMs, allOpen, ...counts } = breaker;
  return {
    retry: { ...tries, backoff: formatDuration(backoffMs), backoff_max: formatDuration(backoffMaxMs) },
    breaker: {
      ...counts,
      open: formatDuration(openMs),
      open_max: formatDuration(openMaxMs),
      all_open: allOpen,
    },
  };
}

function shownRoute({ match, targets, strategy, firstByteMs }: RouteConfig): unknown {
  return {
    match,
    targets: targets.map(({ weight, ...target }) =>
      strategy === 'weighted' ? { ...target, weight } : target,
    ),
    strategy,
    first_byte: firstByteMs === null ? null : formatDuration(firstByteMs),
  };
}

function maskedOtlp(otlp: Config['otlp']): unknown {
  if (otlp === null) return null;
  const { intervalMs, headers, ...rest } = otlp;
  const names = Object.keys(headers);
  return {
    ...rest,
    headers: Object.fromEntries(names.map(name => [name, MASK])),
    interval: formatDuration(intervalMs),
  };
}

function maskedProvider(provider: ProviderConfig): unknown {
  return {
    kind: provider.kind,
    base_url: provider.baseUrl,
    auth: provider.auth,
    credentials: provider.credentials,
    keys: provider.keys.map(key => ({
      name: key.name,
      ...(key.value === null ? {} : { value: MASK }),
      ...(key.accessKeyId === null ? {} : { access_key_id: MASK, secret_access_key: MASK }),
      ...(key.sessionToken === null ? {} : { session_token: MASK }),
    })),
    usage_opt_in: provider.usageOptIn,
    on_abort: provider.onAbort,
    headers: Object.fromEntries(Object.keys(provider.headers).map(name => [name, MASK])),
    proxy: provider.proxy === null ? null : provider.proxy.replace(/\/\/[^@/]*@/, `//${MASK}@`),
    expose_provider_limits: provider.exposeProviderLimits,
    region: provider.region,
    api_version: provider.apiVersion,
    project: provider.project,
    location: provider.location,
  };
}

/** A key's SHA-256 is no secret, but nobody needs it whole. */
function maskedConsumer(consumer: ConsumerConfig): unknown {
  return {
    name: consumer.name,
    tags: consumer.tags,
    keys: consumer.keys.map(key => ({
      name: key.name,
      sha256: `${key.sha256.slice(0, 8)}…`,
      expires: key.expiresMs === null ? null : new Date(key.expiresMs).toISOString(),
      models: key.models,
    })),
  };
}

/** Every secret text of the configuration, longest first, so that one inside another is scrubbed whole. */
export function configSecrets(config: Config): readonly string[] {
  const secrets = new Set<string | null>([config.admin.token]);
  for (const provider of config.providers) {
    for (const key of provider.keys) {
      for (const part of [key.value, key.accessKeyId, key.secretAccessKey, key.sessionToken])
        secrets.add(part);
    }
    for (const value of Object.values(provider.headers)) {
      if (value.length >= HEADER_CHARS_MIN) secrets.add(value);
    }
    const proxy = provider.proxy === null ? null : parseUrl(provider.proxy);
    // As written, and as a log of the Proxy-Authorization header's source would show it.
    if (proxy !== null) secrets.add(proxy.password).add(new URLSearchParams(`p=${proxy.password}`).get('p'));
  }
  for (const value of Object.values(config.otlp?.headers ?? {})) {
    if (value.length >= HEADER_CHARS_MIN) secrets.add(value);
  }
  for (const policy of config.policies) {
    if (policy.kind === 'plugin') for (const text of policy.secrets) secrets.add(text);
  }
  return [...secrets]
    .filter((secret): secret is string => secret !== null && secret.length >= SECRET_CHARS_MIN)
    .sort((a, b) => b.length - a.length);
}

function addressText(address: Address): string {
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}
