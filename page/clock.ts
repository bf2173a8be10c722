// The page's clock: one round of questions at a time, none while nobody looks, fewer while Weir does not answer or is busy.

/** Between two rounds, ms. */
const ROUND_MS = 2000;
const ROUND_MS_MAX = 30_000;
/** Looking must not be what keeps Weir busy: at most one part in so many of the time is spent in answers. */
const REST = 6;

export class Clock {
  readonly #round: () => Promise<boolean>;
  #timer = 0;
  #running = false;
  #again = false;
  #failures = 0;

  /** @param round resolves to whether Weir answered; it never rejects */
  constructor(round: () => Promise<boolean>) {
    this.#round = round;
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) this.now();
    });
    addEventListener('online', () => this.now());
  }

  /** At once, or as soon as the round under way has ended. */
  now(): void {
    this.#again = this.#running;
    if (!this.#running) void this.#run();
  }

  async #run(): Promise<void> {
    clearTimeout(this.#timer);
    this.#running = true;
    const beganMs = performance.now();
    const answered = await this.#round();
    this.#running = false;
    this.#failures = answered ? 0 : this.#failures + 1;
    if (this.#again) return this.now();
    if (document.hidden) return;
    const tookMs = performance.now() - beganMs;
    const waitMs = answered
      ? Math.max(ROUND_MS, tookMs * REST)
      : ROUND_MS * 2 ** Math.min(this.#failures - 1, 4);
    // Pages that lost the same Weir shall not come back in step.
    this.#timer = setTimeout(
      () => this.now(),
      Math.min(waitMs, ROUND_MS_MAX) * (answered ? 1 : 0.75 + Math.random() / 2),
    );
  }
}
