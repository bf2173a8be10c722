// What the simulator refuses, before a dialect gives it the provider's own shape.

export class SimError extends Error {
  override readonly name = 'SimError';
  readonly status: number;
  /** The request's field that is at fault, as the dialect names it. */
  readonly param: string | null;

  constructor(status: number, message: string, param: string | null = null) {
    super(message);
    this.status = status;
    this.param = param;
  }
}
