// The obvious twin of kernel `limits`: a Map of buckets, BigInt fractions of a token, one caller at a time. Slow, and plainly right.

/** Milliseconds times tokens, so that refills are whole: a bucket of `capacity` that refills by `limit` in `perMs`. */
interface RateBucket {
  /** Tokens owed, times `perMs`. */
  owed: bigint;
  atMs: bigint;
  held: bigint;
}

export interface ReferenceRate {
  readonly limit: bigint;
  readonly perMs: bigint;
  readonly capacity: bigint;
}

export interface Found {
  readonly taken: boolean;
  readonly available: bigint;
  readonly held: bigint;
}

const later = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const floorDivide = (a: bigint, b: bigint): bigint => (a >= 0n ? a / b : -((b - 1n - a) / b));

export class ReferenceLimits {
  readonly #rates = new Map<string, RateBucket>();
  readonly #quotas = new Map<string, { level: bigint; held: bigint }>();

  #rate(key: string, rate: ReferenceRate, nowMs: bigint): RateBucket {
    const bucket = this.#rates.get(key) ?? { owed: 0n, atMs: nowMs, held: 0n };
    this.#rates.set(key, bucket);
    bucket.owed = later(bucket.owed - (nowMs - bucket.atMs) * rate.limit, 0n);
    bucket.atMs = nowMs;
    return bucket;
  }

  takeRate(
    key: string,
    tokens: bigint,
    rate: ReferenceRate,
    nowMs: bigint,
    hold: boolean,
    force: boolean,
  ): Found {
    const bucket = this.#rate(key, rate, nowMs);
    const room = rate.capacity * rate.perMs - bucket.owed;
    const { held } = bucket;
    const taken = force || tokens * rate.perMs <= room;
    if (taken) bucket.owed += tokens * rate.perMs;
    if (taken && hold) bucket.held += tokens;
    return { taken, available: floorDivide(room, rate.perMs), held };
  }

  settleRate(key: string, amount: bigint, final: bigint, rate: ReferenceRate, nowMs: bigint): void {
    const bucket = this.#rate(key, rate, nowMs);
    bucket.owed = later(bucket.owed - (amount - final) * rate.perMs, 0n);
    bucket.held -= amount;
  }

  /** ms until `tokens` could be taken, rounded up. */
  waitFor(key: string, tokens: bigint, rate: ReferenceRate, nowMs: bigint): bigint {
    const bucket = this.#rate(key, rate, nowMs);
    const missing = bucket.owed + tokens * rate.perMs - rate.capacity * rate.perMs;
    return later((missing + rate.limit - 1n) / rate.limit, 0n);
  }

  #quota(key: string): { level: bigint; held: bigint } {
    const bucket = this.#quotas.get(key) ?? { level: 0n, held: 0n };
    this.#quotas.set(key, bucket);
    return bucket;
  }

  takeQuota(key: string, amount: bigint, limit: bigint, hold: boolean, force: boolean): Found {
    const bucket = this.#quota(key);
    const found = { available: limit - bucket.level, held: bucket.held };
    const taken = force || bucket.level + amount <= limit;
    if (taken) bucket.level += amount;
    if (taken && hold) bucket.held += amount;
    return { taken, ...found };
  }

  settleQuota(key: string, amount: bigint, final: bigint): void {
    const bucket = this.#quota(key);
    bucket.level -= amount - final;
    bucket.held -= amount;
  }

  levelOf(key: string): bigint {
    return this.#quotas.get(key)?.level ?? 0n;
  }

  heldIn(key: string): bigint {
    return this.#quotas.get(key)?.held ?? this.#rates.get(key)?.held ?? 0n;
  }
}
