// What consumers ask about themselves and of models, on the data-plane thread: the question goes to the control plane, the answer comes back by a message. So much at
// once and no more: a place is taken until both the reply has come and the client has all of it, whether or not it still waits.
import type { ThreadQuestion, ThreadReply } from '../core/own-data.js';

/** Each keeps an answer of at most 1 MiB, mostly some KiB. */
export const OWN_DATA_MAX = 64;
/** Of them, one consumer's. */
export const OWN_DATA_PER_CONSUMER_MAX = 16;
/** A page of records takes ms; what takes longer waits behind others, or for a ledger that is being started again. */
const REPLY_MS_MAX = 10_000;

export interface OwnDataEvents {
  /** null: it has taken too long. Called at most once, never after `forget`. */
  onReply(reply: ThreadReply | null): void;
}

/** One question's place. */
export class OwnDataPlace {
  readonly id: number;
  readonly consumer: string;
  readonly sinceMs: number;
  /** Null: nobody waits any longer. */
  events: OwnDataEvents | null;
  replied = false;
  /** The client has all, or is gone. */
  taken = false;

  constructor(id: number, consumer: string, sinceMs: number, events: OwnDataEvents) {
    this.id = id;
    this.consumer = consumer;
    this.sinceMs = sinceMs;
    this.events = events;
  }
}

export class OwnDataAsker {
  readonly #send: (id: number, question: ThreadQuestion) => void;
  readonly #nowMs: () => number;
  readonly #places = new Map<number, OwnDataPlace>();
  #nextId = 1;

  /** `nowMs`: monotonic. */
  constructor(send: (id: number, question: ThreadQuestion) => void, nowMs: () => number) {
    this.#send = send;
    this.#nowMs = nowMs;
  }

  /** Places taken. */
  get size(): number {
    return this.#places.size;
  }

  /** Null: there is no place. */
  ask(question: ThreadQuestion, events: OwnDataEvents): OwnDataPlace | null {
    if (this.#places.size >= OWN_DATA_MAX) return null;
    let own = 0;
    for (const { consumer } of this.#places.values()) if (consumer === question.consumer) own++;
    if (own >= OWN_DATA_PER_CONSUMER_MAX) return null;
    const place = new OwnDataPlace(this.#nextId++, question.consumer, this.#nowMs(), events);
    this.#places.set(place.id, place);
    this.#send(place.id, question);
    return place;
  }

  /** Of the control plane. */
  take(id: number, reply: ThreadReply): void {
    const place = this.#places.get(id);
    if (place === undefined) return;
    place.replied = true;
    this.#tell(place, reply);
    this.#leave(place);
  }

  /** The client has all of the answer, or is gone: nothing is told of it any more. */
  forget(place: OwnDataPlace): void {
    place.events = null;
    place.taken = true;
    this.#leave(place);
  }

  /** Now and then, with the monotonic time. */
  sweep(nowMs: number): void {
    for (const place of this.#places.values()) {
      if (!place.replied && nowMs - place.sinceMs >= REPLY_MS_MAX) this.#tell(place, null);
    }
  }

  #tell(place: OwnDataPlace, reply: ThreadReply | null): void {
    const { events } = place;
    place.events = null;
    events?.onReply(reply);
  }

  #leave(place: OwnDataPlace): void {
    if (place.replied && place.taken) this.#places.delete(place.id);
  }
}
