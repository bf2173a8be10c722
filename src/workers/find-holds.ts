// Which requests of a thread hold something in the buckets that a list shows. By slot: a bucket stays where it is as long as anybody holds
// something in it.

import { HOLDS_SHOWN } from '../policy/limits-view.js';
import type { Held } from '../policy/run-context.js';
import type { HeldPlace, HoldsFound } from './protocol.js';

/** Of one request; null: nothing. */
export type Holding = { readonly requestId: string; readonly held: readonly Held[] } | null;

/** Buckets in which nobody holds anything are left out. */
export function findHolds(holdings: readonly Holding[], places: readonly HeldPlace[]): HoldsFound[] {
  const bySlot = new Map(places.map(place => [place.slot, { place, ids: [] as string[] }]));
  for (const holding of holdings) {
    if (holding === null) continue;
    for (const { wish, lost } of holding.held) {
      const found = bySlot.get(wish.slot);
      if (found === undefined || lost || found.ids.length >= HOLDS_SHOWN) continue;
      if (found.place.a === wish.key.a && found.place.b === wish.key.b) found.ids.push(holding.requestId);
    }
  }
  return [...bySlot.values()]
    .filter(({ ids }) => ids.length > 0)
    .map(({ place, ids }) => ({ at: place.at, ids }));
}
