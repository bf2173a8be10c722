// Weir's own side of the configuration: where it listens, how much it takes, how long it waits, whom it trusts.
import { availableParallelism } from 'node:os';
import { dirname, resolve } from 'node:path';
import type { z } from 'zod';
import type { Config } from './config.js';
import type { Findings } from './findings.js';
import { isCidr, isLoopback, isOrigin, parseUrl } from './net.js';
import { HEADER_NAME, isFraming } from './provider-headers.js';
import { serverShape } from './schema.js';

const DAY_MS = 86_400_000;
const ROLLUP_RETENTION_MS = 1095 * DAY_MS;

type ServerValues = { [K in keyof typeof serverShape]?: z.output<(typeof serverShape)[K]> };
export type ServerConfig = Omit<Config, 'providers' | 'consumers' | 'routes' | 'policies' | 'prices'>;

/** Whether a file can be read; injected so that checking a text touches no disk. */
export type CanRead = (file: string) => boolean;

/** Null where a value is wrong; the findings say which. */
export function resolveServer(
  root: Readonly<Record<string, unknown>>,
  file: string,
  findings: Findings,
  canRead: CanRead,
): ServerConfig | null {
  const values: ServerValues = {};
  for (const key of Object.keys(serverShape) as (keyof typeof serverShape)[]) {
    Object.assign(values, { [key]: findings.parse(serverShape[key], root[key], [key]) });
  }
  const folder = dirname(resolve(file));
  const tls = checkTls(values.tls, folder, findings, canRead);
  checkAddresses(values, findings);
  checkLimits(values, findings);
  checkRetention(values, findings);
  checkLists(values, findings);
  const {
    listen,
    workers,
    data_dir,
    admin,
    limits,
    timeouts,
    trusted_proxies,
    timezone,
    cors,
    anonymous,
    tags,
    ledger,
    retry,
    breaker,
  } = values;
  if (listen === undefined || workers === undefined || data_dir === undefined) return null;
  if (admin === undefined || limits === undefined || timeouts === undefined || trusted_proxies === undefined)
    return null;
  if (timezone === undefined || cors === undefined || anonymous === undefined || tags === undefined)
    return null;
  if (ledger === undefined || retry === undefined || breaker === undefined) return null;
  if (values.metrics === undefined || values.log === undefined) return null;
  return {
    listen,
    tls,
    workers: workers === 'auto' ? Math.max(1, availableParallelism() - 1) : workers,
    dataDir: resolve(folder, data_dir),
    admin: { listen: admin.listen, token: admin.token ?? null },
    limits: limitsOf(limits),
    timeouts: timeoutsOf(timeouts),
    ...resilienceOf(retry, breaker),
    trustedProxies: trusted_proxies,
    timezone,
    corsOrigins: cors.origins,
    anonymous,
    pluginsDir: values.plugins_dir === undefined ? null : resolve(folder, values.plugins_dir),
    tags: tags.map(tag => tag.toLowerCase()),
    metrics: resolveMetrics(values.metrics, tags, findings),
    log: values.log,
    otlp: resolveOtlp(values.otlp, findings),
    ledger: ledgerOf(ledger),
  };
}

function limitsOf(limits: NonNullable<ServerValues['limits']>): ServerConfig['limits'] {
  return {
    bodyBytes: limits.body_bytes,
    bufferedBytes: limits.buffered_bytes,
    inspectBytes: limits.inspect_bytes,
    headerBytes: limits.header_bytes,
  };
}

function timeoutsOf(timeouts: NonNullable<ServerValues['timeouts']>): ServerConfig['timeouts'] {
  return {
    connectMs: timeouts.connect,
    firstByteMs: timeouts.first_byte,
    idleMs: timeouts.idle,
    totalMs: timeouts.total,
    drainMs: timeouts.drain,
  };
}

function resilienceOf(
  retry: NonNullable<ServerValues['retry']>,
  breaker: NonNullable<ServerValues['breaker']>,
): Pick<ServerConfig, 'retry' | 'breaker'> {
  const { backoff, backoff_max, ...tries } = retry;
  const { open, open_max, all_open, ...counts } = breaker;
  return {
    retry: { ...tries, backoffMs: backoff, backoffMaxMs: backoff_max },
    breaker: { ...counts, openMs: open, openMaxMs: open_max, allOpen: all_open },
  };
}

function resolveOtlp(otlp: ServerValues['otlp'], findings: Findings): ServerConfig['otlp'] {
  if (otlp === undefined) return null;
  const { endpoint, interval, headers, ...rest } = otlp;
  const url = parseUrl(endpoint);
  const right = url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.search === '';
  if (!right)
    findings.refuse(
      ['otlp', 'endpoint'],
      endpoint,
      'http://host:port or https://host:port, with or without a path',
    );
  for (const name of Object.keys(headers)) {
    if (HEADER_NAME.test(name) && !isFraming(name.toLowerCase()) && name.toLowerCase() !== 'content-type')
      continue;
    findings.error(
      ['otlp', 'headers', name],
      'is no header that may be set here; allowed: end-to-end headers',
      'key',
    );
  }
  return { ...rest, endpoint: endpoint.replace(/\/+$/, ''), headers, intervalMs: interval };
}

/** Without a word, by consumer and by the tags that requests may bring. */
function resolveMetrics(
  { by, values }: NonNullable<ServerValues['metrics']>,
  tags: readonly string[],
  findings: Findings,
): ServerConfig['metrics'] {
  if (by === undefined)
    return { by: ['consumer', ...tags.map(tag => `tag.${tag.toLowerCase()}` as const)], values };
  const found: ServerConfig['metrics']['by'][number][] = [];
  by.forEach((name, i) => {
    if (!isAttribute(name))
      findings.refuse(['metrics', 'by', i], name, 'consumer, key, end_user, or tag. and the name of a tag');
    else if (found.includes(name))
      findings.refuse(['metrics', 'by', i], name, 'each once', 'it stands here a second time;');
    else found.push(name);
  });
  return { by: found, values };
}

function isAttribute(name: string): name is ServerConfig['metrics']['by'][number] {
  return /^(?:consumer|key|end_user|tag\.[A-Za-z0-9][A-Za-z0-9._-]{0,63})$/.test(name);
}

function ledgerOf(ledger: NonNullable<ServerValues['ledger']>): ServerConfig['ledger'] {
  return {
    durability: ledger.durability,
    onFull: ledger.on_full,
    retentionMs: ledger.retention,
    rollupRetentionMs: ledger.rollup_retention ?? Math.max(ROLLUP_RETENTION_MS, ledger.retention),
  };
}

function checkTls(
  tls: ServerValues['tls'],
  folder: string,
  findings: Findings,
  canRead: CanRead,
): ServerConfig['tls'] {
  if (tls === undefined) return null;
  const files = { cert: resolve(folder, tls.cert), key: resolve(folder, tls.key) };
  for (const part of ['cert', 'key'] as const) {
    if (canRead(files[part])) continue;
    findings.refuse(['tls', part], tls[part], `a file that can be read, relative to ${folder}`);
  }
  return files;
}

function checkAddresses(values: ServerValues, findings: Findings): void {
  const { listen, admin } = values;
  if (admin === undefined) return;
  if (admin.token === undefined && !isLoopback(admin.listen.host)) {
    findings.error(
      ['admin', 'token'],
      `is missing, but admin.listen is on ${admin.listen.host}; allowed without a token: a loopback address`,
    );
  }
  if (listen === undefined || listen.port === 0 || listen.port !== admin.listen.port) return;
  const hosts = [listen.host, admin.listen.host];
  if (hosts[0] === hosts[1] || hosts.some(host => host === '0.0.0.0' || host === '::')) {
    findings.error(['admin', 'listen'], 'takes the same address as listen; allowed: another port');
  }
}

function checkLimits(values: ServerValues, findings: Findings): void {
  const limits = values.limits;
  if (limits === undefined || limits.body_bytes <= limits.buffered_bytes) return;
  findings.error(
    ['limits', 'body_bytes'],
    `is ${limits.body_bytes}, more than limits.buffered_bytes (${limits.buffered_bytes}); allowed: at most that`,
  );
}

/** Records without their sums would be asked for usage that the ledger says nothing of. */
function checkRetention({ ledger }: ServerValues, findings: Findings): void {
  const rollups = ledger?.rollup_retention;
  if (ledger === undefined || rollups === undefined || rollups >= ledger.retention) return;
  const days = (ms: number): string => `${Math.round((ms / DAY_MS) * 100) / 100}d`;
  findings.error(
    ['ledger', 'rollup_retention'],
    `is ${days(rollups)}, less than ledger.retention (${days(ledger.retention)}); allowed: at least that`,
  );
}

function checkLists(values: ServerValues, findings: Findings): void {
  values.trusted_proxies?.forEach((range, i) => {
    if (isCidr(range)) return;
    findings.refuse(['trusted_proxies', i], range, 'an address or range such as 10.0.0.0/8 or ::1');
  });
  values.cors?.origins.forEach((origin, i) => {
    if (isOrigin(origin)) return;
    findings.refuse(['cors', 'origins', i], origin, 'an origin such as https://app.example.com');
  });
  const tags = values.tags ?? [];
  tags.forEach((tag, i) => {
    if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(tag)) {
      findings.refuse(['tags', i], tag, 'letters, digits, "-" and "_", up to 64');
    } else if (tags.findIndex(other => other.toLowerCase() === tag.toLowerCase()) < i) {
      findings.refuse(['tags', i], tag, 'each tag once', 'it stands here a second time;');
    }
  });
  if (values.timezone === undefined || isTimezone(values.timezone)) return;
  findings.refuse(['timezone'], values.timezone, 'an IANA time zone such as UTC or Europe/Vienna');
}

function isTimezone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
