// The plain rival of kernel `limits`: a Map of objects in one thread, GCRA in floating point. It shares nothing with other threads, holds
// nothing and frees nothing; that is to its advantage.

export class MapTwin {
  #buckets = new Map();

  /** Takes `tokens` of the bucket named `text`; true: taken. */
  take(text, tokens, capacity, perMs, nowMs) {
    let bucket = this.#buckets.get(text);
    if (bucket === undefined) {
      bucket = { tat: 0 };
      this.#buckets.set(text, bucket);
    }
    const start = Math.max(bucket.tat, nowMs);
    const tat = start + tokens / perMs;
    if (tat - nowMs > capacity / perMs) return false;
    bucket.tat = tat;
    return true;
  }
}
