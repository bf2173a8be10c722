// The blocks that are open at a place of a function: what a branch to each carries, and at what height its values stand.

export const FrameKind = { block: 0, loop: 1, if: 2, try: 3 } as const;

export class ControlStack {
  depth = 0;
  readonly kinds: Uint8Array;
  /** Values that a branch to it carries. */
  readonly labelValues: Uint32Array;
  readonly paramValues: Uint32Array;
  readonly resultValues: Uint32Array;
  /** Of the operand stack, below its parameters. */
  readonly heights: Float64Array;
  /** It stands in code that cannot be reached. */
  readonly dead: Uint8Array;
  /** The charge point that had been passed when it was entered. */
  readonly points: Int32Array;

  constructor(depthMax: number) {
    const size = depthMax + 1;
    this.kinds = new Uint8Array(size);
    this.labelValues = new Uint32Array(size);
    this.paramValues = new Uint32Array(size);
    this.resultValues = new Uint32Array(size);
    this.heights = new Float64Array(size);
    this.dead = new Uint8Array(size);
    this.points = new Int32Array(size);
  }
}
