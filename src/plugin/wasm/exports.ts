// Names that the rewriter adds to a module's exports: functions only, since a call from JavaScript costs 10 to 30 ns where
// reading and writing an exported i64 global costs 150 ns (a BigInt each), and everything passes bit for bit inside.

/** What the host adds begins so; a module that exports such a name itself is refused. */
export const EXPORT_PREFIX = 'weir:';

/** `(cost: i32 unsigned) -> i32`: 1 and `cost` units are gone, or 0 and nothing changed because fewer are left. */
export const TAKE_EXPORT = 'weir:take';
/** `() -> f64`: units left; negative when the guest ran out. */
export const LEFT_EXPORT = 'weir:left';
/** `(units: f64)`: so many are left from now on. */
export const REFUEL_EXPORT = 'weir:refuel';
/** `()`: keeps all mutable globals and the memory's size as what `weir:begin` and `weir:dirty` go by. */
export const SAVE_EXPORT = 'weir:save';
/**
 * `(units: f64) -> i32`: puts all mutable globals back, and so many units are left. The result says which granules of memory the guest's own code
 * wrote since the last call, or since `weir:save` (written.ts); what the host wrote is not in it.
 */
export const BEGIN_EXPORT = 'weir:begin';
/** `() -> i32`: not 0 when a table, a segment or the memory's size is not as it was at `weir:save`. */
export const DIRTY_EXPORT = 'weir:dirty';

/** The added exports, typed for whoever instantiates a metered module. */
export interface MeteredExports {
  readonly [TAKE_EXPORT]: (cost: number) => number;
  readonly [LEFT_EXPORT]: () => number;
  readonly [REFUEL_EXPORT]: (units: number) => void;
  readonly [SAVE_EXPORT]: () => void;
  readonly [BEGIN_EXPORT]: (units: number) => number;
  readonly [DIRTY_EXPORT]: () => number;
}
