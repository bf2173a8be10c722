// What one hook call has asked for so far. Hot path: per import that asks for something, so no closures. Made when a guest asks for the first thing: most hooks ask for none.
import { HEADER_BYTES_MAX, HEADERS_MAX } from '../core/plugin-bounds.js';
import type { EventKind } from './abi.js';
import type { Denial, HeaderEdit, HeldText, LogLine } from './hook.js';

export class Effects {
  denial: Denial | null = null;
  readonly evidence: [string, string | number][] = [];
  readonly tags: [string, string][] = [];
  readonly logs: LogLine[] = [];
  logsDropped = 0;
  state: Uint8Array | null = null;
  messages: Map<number, string> | null = null;
  /** Of all messages that were set, as the guest gave them. */
  messageBytes = 0;
  #messageSizes: Map<number, number> | null = null;
  readonly headers: HeaderEdit[] = [];
  headerBytes = 0;
  body: Uint8Array | null = null;
  model: string | null = null;
  target: string | null = null;
  eventText: string | null = null;
  heldAppend: HeldText[] | null = null;
  heldAppendBytes = 0;

  /** A later value stands in the place of an earlier one. */
  setMessage(i: number, text: string, bytes: number): void {
    this.messages ??= new Map();
    this.#messageSizes ??= new Map();
    this.messageBytes += bytes - this.messageSize(i);
    this.messages.set(i, text);
    this.#messageSizes.set(i, bytes);
  }

  messageSize(i: number): number {
    return this.#messageSizes?.get(i) ?? 0;
  }

  dropMessages(): void {
    this.messages = null;
    this.#messageSizes = null;
    this.messageBytes = 0;
  }

  /** The last edit of a name counts. False: over the bounds, nothing is changed. */
  editHeader(name: string, value: string | null): boolean {
    const at = this.#headerAt(name);
    const before = at < 0 ? 0 : headerSize(this.headers[at]);
    const edit = { name, value };
    const bytes = this.headerBytes - before + headerSize(edit);
    if (bytes > HEADER_BYTES_MAX || (at < 0 && this.headers.length >= HEADERS_MAX)) return false;
    this.headerBytes = bytes;
    if (at < 0) this.headers.push(edit);
    else this.headers[at] = edit;
    return true;
  }

  /** Texts of one place follow one another. */
  appendHeld(kind: EventKind, choice: number, text: string, bytes: number): void {
    this.heldAppend ??= [];
    this.heldAppendBytes += bytes;
    for (let i = 0; i < this.heldAppend.length; i++) {
      const held = this.heldAppend[i];
      if (held === undefined || held.kind !== kind || held.choice !== choice) continue;
      this.heldAppend[i] = { kind, choice, text: held.text + text };
      return;
    }
    this.heldAppend.push({ kind, choice, text });
  }

  /** undefined: this hook did not touch it. */
  header(name: string): string | null | undefined {
    return this.headers[this.#headerAt(name)]?.value;
  }

  #headerAt(name: string): number {
    for (let i = 0; i < this.headers.length; i++) if (this.headers[i]?.name === name) return i;
    return -1;
  }
}

/** Names and values are ASCII. */
function headerSize(edit: HeaderEdit | undefined): number {
  return edit === undefined ? 0 : edit.name.length + (edit.value?.length ?? 0);
}

/** The list under `key` gets `value`; a later one stands in the place of an earlier one. */
export function setPair<V>(pairs: [string, V][], key: string, value: V): void {
  for (const pair of pairs) {
    if (pair[0] !== key) continue;
    pair[1] = value;
    return;
  }
  pairs.push([key, value]);
}
