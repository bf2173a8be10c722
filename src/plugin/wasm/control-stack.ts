// The blocks that are open at a place of a function: what a branch to each carries, and at what height its values stand.

export const FrameKind = { block: 0, loop: 1, if: 2 } as const;

export class ControlStack {
  depth = 0;
  readonly kinds: Uint8Array;
  /** Values that a branch to it carries. */
  readonly labelValues: Uint16Array;
  readonly params: Uint16Array;
  readonly results: Uint16Array;
  /** Of the operand stack, below its parameters. */
  readonly heights: Int32Array;
  /** It stands in code that cannot be reached. */
  readonly dead: Uint8Array;
  /** The charge point that had been passed when it was entered. */
  readonly points: Int32Array;

  constructor(depthMax: number) {
    const size = depthMax + 1;
    this.kinds = new Uint8Array(size);
    this.labelValues = new Uint16Array(size);
    this.params = new Uint16Array(size);
    this.results = new Uint16Array(size);
    this.heights = new Int32Array(size);
    this.dead = new Uint8Array(size);
    this.points = new Int32Array(size);
  }

  /** `height` is that with the parameters. The engine bounds both lists by 1,000. */
  push(kind: number, params: number, results: number, height: number, dead: boolean, point: number): void {
    const d = this.depth;
    this.kinds[d] = kind;
    this.labelValues[d] = kind === FrameKind.loop ? params : results;
    this.params[d] = params;
    this.results[d] = results;
    this.heights[d] = height - params;
    this.dead[d] = dead ? 1 : 0;
    this.points[d] = point;
    this.depth = d + 1;
  }
}
