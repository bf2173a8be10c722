// Imports that reach beyond the request: the policy's counters and tables (CONTRACT.md §5.7, 5.8).
import {
  COUNTER_KEY_BYTES_MAX,
  COUNTER_SLOT_BYTES,
  COUNTER_TTL_MS_MAX,
  COUNTER_TTL_MS_MIN,
} from '../../core/plugin-bounds.js';
import { ABSENT, ABSENT_I64, REFUSED } from '../abi.js';
import type { Call } from '../call.js';

const TABLE_BYTES_MAX = 256;
const ROW_UNITS_FREE = 1024;

/** `counter_add` for numbers that doubles hold, and its way back for those that they do not: see counter-bridge.ts. */
export function counterImports(call: Call) {
  return {
    counter_add(key: number, keyLength: number, delta: number, ttlMs: number): number {
      if (!isCounter(call, key, keyLength, ttlMs)) return Number.NEGATIVE_INFINITY;
      const { counterSpace, settings, scene, host, bytes } = call;
      const { countersMax } = settings;
      return host.counters.addWhole(
        counterSpace,
        countersMax,
        bytes,
        key,
        keyLength,
        delta,
        ttlMs,
        scene.nowMs,
      );
    },

    /** Needs no door: the sum has been paid for. */
    last: (): bigint => call.host.counters.lastSum(),
  };
}

/** Charged; false: refused, or the hook has failed. */
function isCounter(call: Call, key: number, keyLength: number, ttlMs: number): boolean {
  if (!call.within(key, keyLength) || keyLength === 0 || keyLength > COUNTER_KEY_BYTES_MAX) return false;
  if (!(ttlMs >= COUNTER_TTL_MS_MIN && ttlMs <= COUNTER_TTL_MS_MAX)) return false;
  return call.takeBytes(keyLength + COUNTER_SLOT_BYTES);
}

export function sharedImports(call: Call) {
  const tables = new Map(Object.entries(call.tables));
  return {
    /** A delta that no double holds. */
    counter_add(key: number, keyLength: number, delta: bigint, ttlMs: bigint): bigint {
      // No number out of the bounds is rounded into them.
      const ttl = Number(ttlMs);
      if (!isCounter(call, key, keyLength, ttl)) return ABSENT_I64;
      const { counterSpace, settings, scene, host, bytes } = call;
      const { countersMax } = settings;
      return host.counters.addExact(
        counterSpace,
        countersMax,
        bytes,
        key,
        keyLength,
        delta,
        ttl,
        scene.nowMs,
      );
    },

    lookup(
      table: number,
      tableLength: number,
      key: number,
      keyLength: number,
      at: number,
      capacity: number,
    ): number {
      if (!call.within(table, tableLength) || !call.within(key, keyLength)) return REFUSED;
      if (!call.within(at, capacity)) return REFUSED;
      if (tableLength > TABLE_BYTES_MAX) return ABSENT;
      const tableName = call.text(table, tableLength, tableLength);
      const rows = tableName === null ? undefined : tables.get(tableName);
      if (rows === undefined) return ABSENT;
      const name = call.text(key, keyLength, keyLength);
      const row = name === null ? undefined : rows.get(name);
      if (row === undefined) return ABSENT;
      // There are more rows than are kept as UTF-8: the length of a long one is paid for as a scan.
      const unread = row.length > ROW_UNITS_FREE ? row.length - capacity : 0;
      if (unread > 0 && !call.takeBytes(unread)) return REFUSED;
      return call.giveText(row, at, capacity);
    },
  };
}
