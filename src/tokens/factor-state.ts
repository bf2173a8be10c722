// Learned factors at rest and between threads: plain data, versioned, checked when it is read.

/** Faded sums of samples: tokens reported and counted (weighted), deviations, requests; and how many samples they are of, not faded. */
export interface FactorSums {
  readonly reported: number;
  readonly counted: number;
  readonly deviation: number;
  readonly requests: number;
  readonly samples: number;
}

export interface FactorSamples {
  readonly models: readonly (readonly [key: string, sums: FactorSums])[];
  readonly families: readonly (readonly [key: string, sums: FactorSums])[];
}

export interface FactorState extends FactorSamples {
  readonly version: 1;
}

const KEY = /^(?:input|output):/;
const KEY_CHARS_MAX = 120;

/** @throws Error that names the place of what is wrong; a file that was cut or edited is then ignored by the caller. */
export function readFactorState(value: unknown): FactorState {
  const state = object(value, 'the state of learned factors');
  if (state.version !== 1) throw new Error(`version is ${JSON.stringify(state.version)}; only 1 is known`);
  return {
    version: 1,
    models: entries(state.models, 'models'),
    families: entries(state.families, 'families'),
  };
}

function entries(value: unknown, place: string): [string, FactorSums][] {
  if (!Array.isArray(value)) throw new Error(`${place} is no list`);
  return value.map((entry: unknown, i) => {
    const at = `${place}[${i}]`;
    if (!Array.isArray(entry) || entry.length !== 2)
      throw new Error(`${at} is no pair of a key and its sums`);
    const [key, sums] = entry as [unknown, unknown];
    if (typeof key !== 'string' || !KEY.test(key) || key.length > KEY_CHARS_MAX)
      throw new Error(`${at} has no valid key`);
    return [key, sumsOf(sums, at)];
  });
}

function sumsOf(value: unknown, place: string): FactorSums {
  const fields = object(value, place);
  const sums = {
    reported: positive(fields.reported, `${place}.reported`),
    counted: positive(fields.counted, `${place}.counted`),
    deviation: number(fields.deviation, `${place}.deviation`),
    requests: positive(fields.requests, `${place}.requests`),
    samples: positive(fields.samples, `${place}.samples`),
  };
  const ratio = sums.reported / sums.counted;
  if (ratio > 1000 || ratio < 0.001)
    throw new Error(`${place} has a ratio of ${ratio}; must be 0.001 to 1000`);
  return sums;
}

function object(value: unknown, place: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`${place} is no object`);
  return value as Record<string, unknown>;
}

function number(value: unknown, place: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0)
    throw new Error(`${place} is ${JSON.stringify(value)}; must be a number from 0`);
  return value;
}

function positive(value: unknown, place: string): number {
  if (number(value, place) === 0) throw new Error(`${place} is 0; must be more`);
  return value as number;
}
