// What a hook sees of a request from a file, and of the answer as far as it is known: where each fact of the scene stands.
import type { Identification } from '../core/api.js';
import type { MeterReading } from '../core/meter-reading.js';
import type { Usage } from '../core/usage.js';
import type { HookName } from '../plugin/abi.js';
import type { Piece } from '../plugin/answer/event-stage.js';
import type { HeldPlace, MessageView } from '../plugin/hook.js';
import { type CallerField, RequestScene } from '../plugin/request-scene.js';
import type { CaseTraffic } from './plugin-traffic.js';

/** What is known of the answer when a hook runs. */
export interface Moment {
  /** The provider's. */
  readonly status: number | null;
  /** Flat: name, value, …; as on_response leaves them. */
  readonly headers: readonly string[];
  readonly piece: Piece | null;
  readonly held: readonly HeldPlace[];
  readonly reading: MeterReading | null;
  /** At the end: what the client got, and what was used. */
  readonly sentStatus: number | null;
  readonly usage: Usage | null;
}

export const BEFORE: Moment = {
  status: null,
  headers: [],
  piece: null,
  held: [],
  reading: null,
  sentStatus: null,
  usage: null,
};

export class CaseScene extends RequestScene {
  readonly targetNames: ReadonlySet<string>;
  readonly #traffic: CaseTraffic;
  readonly #moment: Moment;

  constructor(traffic: CaseTraffic, hook: HookName, moment: Moment = BEFORE) {
    super(hook, Date.now(), traffic.notes, moment.piece, moment.held);
    this.targetNames = new Set(traffic.case.targets);
    this.#traffic = traffic;
    this.#moment = moment;
  }

  protected override get identification(): Identification {
    return this.#traffic.ai;
  }

  protected override get conversation(): MessageView {
    return this.#traffic.view;
  }

  protected override get plainBody(): Uint8Array | null {
    return this.#traffic.body;
  }

  protected override requestHeaders(): readonly (readonly [string, string])[] {
    return this.#traffic.headers;
  }

  protected override answerHeaders(): readonly (readonly [string, string])[] {
    return this.#traffic.shown(this.#moment.headers);
  }

  protected override get promptTokens(): number | null {
    return this.#traffic.inputTokens;
  }

  /** Caps are other policies. */
  protected override get outputCap(): null {
    return null;
  }

  protected override get provider(): string | null {
    return this.#traffic.provider;
  }

  protected override get model(): string | null {
    return this.#traffic.model;
  }

  protected override caller(field: CallerField): string | null {
    const { case: one, endUser, id } = this.#traffic;
    switch (field) {
      case 'consumer':
        return one.consumer.name;
      case 'key':
        return one.consumer.key;
      case 'end_user':
        return endUser;
      case 'method':
        return one.request.method;
      case 'path':
        return one.request.path;
      case 'client_ip':
        return one.clientIp;
      case 'request_id':
        return id;
    }
  }

  protected override get answerStatus(): number | null {
    return this.#moment.status;
  }

  protected override get sentStatus(): number | null {
    return this.#moment.sentStatus;
  }

  protected override get finishReason(): string | null {
    return this.#moment.reading?.finishReason ?? null;
  }

  protected override get modelServed(): string | null {
    return this.#moment.reading?.modelServed ?? null;
  }

  protected override get usage(): Usage | null {
    return this.#moment.usage;
  }

  override consumerHasTag(name: string): boolean {
    return Object.hasOwn(this.#traffic.case.consumer.tags, name);
  }

  override tag(name: string): string | null {
    return this.#traffic.tags.get(name) ?? null;
  }

  override tags(): readonly (readonly [string, string])[] {
    return [...this.#traffic.tags];
  }
}
