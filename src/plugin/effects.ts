// What one hook call has asked for so far. Made when a guest asks for the first thing: most hooks ask for none.
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
  readonly #messageSizes = new Map<number, number>();
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
    this.messageBytes += bytes - this.messageSize(i);
    this.messages.set(i, text);
    this.#messageSizes.set(i, bytes);
  }

  messageSize(i: number): number {
    return this.#messageSizes.get(i) ?? 0;
  }

  dropMessages(): void {
    this.messages = null;
    this.#messageSizes.clear();
    this.messageBytes = 0;
  }

  /** The last edit of a name counts. False: over the bounds, nothing is changed. */
  editHeader(name: string, value: string | null): boolean {
    const at = this.headers.findIndex(edit => edit.name === name);
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
    const at = this.heldAppend.findIndex(held => held.kind === kind && held.choice === choice);
    const before = this.heldAppend[at];
    if (before === undefined) this.heldAppend.push({ kind, choice, text });
    else this.heldAppend[at] = { kind, choice, text: before.text + text };
  }

  /** undefined: this hook did not touch it. */
  header(name: string): string | null | undefined {
    return this.headers.find(edit => edit.name === name)?.value;
  }
}

/** Names and values are ASCII. */
function headerSize(edit: HeaderEdit | undefined): number {
  return edit === undefined ? 0 : edit.name.length + (edit.value?.length ?? 0);
}

/** The list under `key` gets `value`; a later one stands in the place of an earlier one. True where the key is new. */
export function setPair<V>(pairs: [string, V][], key: string, value: V): boolean {
  const known = pairs.find(pair => pair[0] === key);
  if (known === undefined) pairs.push([key, value]);
  else known[1] = value;
  return known === undefined;
}
