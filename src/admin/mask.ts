// The configuration as it may be shown: secrets as `***`, keys spelled as in weir.yaml (bodyBytes → body_bytes).
// Masks by the names under which the Config holds secrets, and again anything that an address can carry.

const MASK = '***';

/** Fields of Config whose text is a secret wherever they stand. Hashes of Weir keys are not: they are of 256-bit keys. */
const SECRET_FIELDS: ReadonlySet<string> = new Set([
  'value',
  'token',
  'accessKeyId',
  'secretAccessKey',
  'sessionToken',
  'password',
]);

/** Maps whose keys are names from the file and stay as they are; values of extra headers may be credentials. */
const NAME_MAPS: Readonly<Record<string, 'shown' | 'masked'>> = {
  tags: 'shown',
  headers: 'masked',
  // Of a plugin: keys as its author wants them; what came from the environment is masked already.
  config: 'shown',
  tables: 'shown',
};

export function maskConfig(config: unknown): unknown {
  if (Array.isArray(config)) return config.map(maskConfig);
  if (typeof config === 'string') return maskAddress(config);
  if (typeof config !== 'object' || config === null) return config;
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [snakeCase(key), maskField(key, value)]),
  );
}

function maskField(key: string, value: unknown): unknown {
  if (SECRET_FIELDS.has(key)) return value === null || value === undefined ? null : MASK;
  const map = NAME_MAPS[key];
  if (map === undefined || typeof value !== 'object' || value === null || Array.isArray(value))
    return maskConfig(value);
  return Object.fromEntries(
    Object.entries(value).map(([name, text]) => [name, map === 'masked' ? MASK : text]),
  );
}

/** User, password and query of a URL can be credentials. */
function maskAddress(text: string): string {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return text;
  return text.replace(/^([^/]*\/\/)[^/@]*@/, `$1${MASK}@`).replace(/\?.*$/, `?${MASK}`);
}

function snakeCase(key: string): string {
  return key.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);
}
