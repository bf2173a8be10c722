// The shape of weir.yaml (CONTRACT.md §3) with every default, unit and range; what needs more than one value to
// judge is in server.ts, providers.ts, consumers.ts, routes.ts and policies.ts. `weir check --schema` prints it.
import { z } from 'zod';
import {
  address,
  autoOrCount,
  bytes,
  choice,
  days,
  duration,
  flag,
  fraction,
  headerText,
  name,
  text,
  wholeNumber,
} from './leaves.js';
import { policySchema, priceSchema } from './schema-policies.js';
import { breakerSchema, retrySchema, routeOptions, weight } from './schema-resilience.js';
import { list, section } from './shapes.js';

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
const SECOND = 1000;
const DAY = 86_400 * SECOND;

const tls = section({
  cert: text('PEM file of the certificate chain, relative to this file'),
  key: text('PEM file of the private key, relative to this file'),
});

const admin = section({
  listen: address('Address of the admin API, metrics and page').prefault('127.0.0.1:8788'),
  token: headerText('Bearer token of the admin API; demanded on any address but loopback').optional(),
});

const limits = section({
  body_bytes: bytes(KIB, GIB, 'Largest request body').prefault('32MiB'),
  buffered_bytes: bytes(KIB, 64 * GIB, 'All request bodies held in memory together').prefault('256MiB'),
  inspect_bytes: bytes(KIB, GIB, "Largest body that plugins' conversation view shows").prefault('8MiB'),
  header_bytes: bytes(4 * KIB, MIB, 'Largest request head').prefault('32KiB'),
});

const timeouts = section({
  connect: duration(1, 600 * SECOND, 'Until a connection to the provider stands').prefault('5s'),
  first_byte: duration(1, DAY, "Until the first byte of the provider's answer").prefault('600s'),
  idle: duration(1, DAY, 'Between two reads of an answer').prefault('300s'),
  total: duration(1, 7 * DAY, 'For a whole request').prefault('3600s'),
  drain: duration(0, DAY, 'For running requests after SIGTERM').prefault('30s'),
});

const ledger = section({
  durability: choice(
    ['os', 'fsync'],
    'What the end of an answer waits for: os: its record survives a killed process; fsync: a power failure too',
  ).prefault('os'),
  on_full: choice(
    ['refuse', 'serve'],
    'Requests under an enforced budget, while the ledger cannot be written',
  ).prefault('refuse'),
  retention: days(1, 3650, 'How long records are kept').prefault('90d'),
  rollup_retention: days(
    1,
    3650,
    'How long usage by hour and day is kept, at least as long as records; default 1095d, or as long as records',
  ).optional(),
});

const metrics = section({
  by: list(
    text('consumer, key, end_user or tag.<name>'),
    'consumer, key, end_user and tag.<name>',
  ).optional(),
  values: wholeNumber(1, 10_000, 'Distinct values of each that are kept apart').prefault(100),
});

const otlp = section({
  endpoint: text('Base address of an OTLP receiver over HTTP, such as http://127.0.0.1:4318'),
  headers: z
    .record(z.string(), headerText('Header value'), { error: () => 'a mapping of header names to values' })
    .prefault({})
    .meta({ description: 'Request headers, such as an API key' }),
  traces: flag('Spans of requests and their tries').prefault(true),
  metrics: flag('Histograms of the GenAI conventions').prefault(true),
  interval: duration(SECOND, 600 * SECOND, 'Between two reports of metrics').prefault('10s'),
  sample: fraction('Share of the traces that begin here').prefault(1),
  names: choice(['current', 'older', 'both'], 'Which version of the GenAI conventions').prefault('current'),
  service: text('service.name of the resource').prefault('weir'),
});

const log = section({
  level: choice(['debug', 'info', 'warn', 'error'], 'What is logged').prefault('info'),
  requests: flag('One line a settled request, at level info').prefault(true),
});

export const keySchema = section({
  name: name('Display name').optional(),
  value: headerText('API key or bearer token').optional(),
  access_key_id: headerText('AWS access key id (bedrock)').optional(),
  secret_access_key: headerText('AWS secret access key (bedrock)').optional(),
  session_token: headerText('AWS session token (bedrock)').optional(),
});

export const providerSchema = section({
  kind: text('Built-in kind; default: the name itself').optional(),
  base_url: text('Where it lives; `simulator:` is the built-in simulator').optional(),
  auth: choice(['default', 'none'], 'none: it needs no credential').prefault('default'),
  credentials: choice(['own', 'caller'], 'Whose credential goes upstream').prefault('own'),
  keys: list(keySchema, 'keys').prefault([]),
  usage_opt_in: choice(['auto', 'always', 'never'], 'Ask for usage in streams').prefault('auto'),
  on_abort: choice(['cancel', 'drain'], 'When the client leaves in mid-stream').prefault('cancel'),
  headers: z
    .record(z.string(), headerText('Header value'), { error: () => 'a mapping of header names to values' })
    .prefault({})
    .meta({ description: 'Extra request headers' }),
  proxy: text('HTTP CONNECT proxy, http://host:port').optional(),
  expose_provider_limits: flag("Pass the provider's rate-limit headers").prefault(false),
  region: text('AWS region (bedrock)').optional(),
  api_version: text('api-version (azure-openai)').optional(),
  project: text('Google Cloud project (vertex-ai)').optional(),
  location: text('Google Cloud location (vertex-ai); default global').optional(),
});

export const consumerKeySchema = section({
  name: name('Display name').optional(),
  sha256: text(
    'SHA-256 of the whole key, 64 hexadecimal digits',
    '64 hexadecimal digits, as `weir key new` prints',
  ),
  expires: text('Date (00:00 UTC of that day) or RFC 3339 time').optional(),
  models: list(text('Model name, `*` for any run of characters'), 'model names').prefault([]),
});

const tagValue = z
  .union([z.string(), z.number(), z.boolean()], { error: () => 'text' })
  .transform(String)
  .meta({ description: 'Value of the tag' });

export const consumerSchema = section({
  name: name('Name of the consumer; `anonymous` is reserved'),
  tags: z.record(z.string(), tagValue, { error: () => 'a mapping of tag names to values' }).prefault({}),
  keys: list(consumerKeySchema, 'keys').prefault([]),
});

const glob = (what: string) => text(`${what}; \`*\` for any run of characters`).optional();

export const routeSchema = section({
  match: section({
    model: glob('Model as the caller names it'),
    api: glob('`<dialect>.<operation>`'),
    path: glob('Path as it came, without query'),
    consumer: glob("Consumer's name"),
  }),
  targets: list(
    section({
      provider: text('Name of a configured provider'),
      model: text("Model to ask for instead of the caller's").optional(),
      weight,
    }),
    'targets',
  ).min(1, { error: () => 'a list of at least one target' }),
  ...routeOptions,
});

/** Everything but providers, consumers and routes, whose entries are judged one by one. */
export const serverShape = {
  listen: address('Address of the data plane').prefault('127.0.0.1:8787'),
  tls: tls.optional(),
  workers: autoOrCount(256, 'Data-plane threads; auto = cores - 1, at least 1').prefault('auto'),
  data_dir: text('Folder of the ledger, relative to this file').prefault('./weir-data'),
  admin: admin.prefault({}),
  limits: limits.prefault({}),
  timeouts: timeouts.prefault({}),
  retry: retrySchema.prefault({}),
  breaker: breakerSchema.prefault({}),
  trusted_proxies: list(text('Address or CIDR range'), 'addresses or CIDR ranges').prefault([]),
  timezone: text('IANA time zone of calendar windows').prefault('UTC'),
  cors: section({ origins: list(text('scheme://host[:port]'), 'origins').prefault([]) }).prefault({}),
  anonymous: choice(['allow', 'deny'], 'Callers without a Weir key').prefault('deny'),
  tags: list(text('Name of a request tag'), 'tag names').prefault([]),
  metrics: metrics.prefault({}),
  log: log.prefault({}),
  otlp: otlp.optional(),
  plugins_dir: text('Folder whose .wasm files are loaded as policies, relative to this file').optional(),
  ledger: ledger.prefault({}),
} as const;

export const listShape = {
  providers: z
    // `openai:` with nothing after it is null in YAML: all defaults.
    .record(z.string(), providerSchema.nullable(), { error: () => 'a mapping of provider names' })
    .prefault({}),
  consumers: list(consumerSchema, 'consumers').prefault([]),
  routes: list(routeSchema, 'routes').prefault([]),
  policies: list(policySchema, 'policies').prefault([]),
  prices: list(priceSchema, 'prices').prefault([]),
} as const;

export const configSchema = section({ ...serverShape, ...listShape });

/** The JSON Schema of weir.yaml (draft 2020-12), for editors. */
export function configJsonSchema(): unknown {
  return z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' });
}
