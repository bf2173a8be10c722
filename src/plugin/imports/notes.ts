// Imports by which a hook says what it decided and found: denial, evidence, tags, log (CONTRACT.md §5.8). All of it is bounded and scrubbed here.
import {
  DENY_CODE_BYTES_MAX,
  DENY_MESSAGE_BYTES_MAX,
  EVIDENCE_KEY_BYTES_MAX,
  EVIDENCE_MAX,
  EVIDENCE_TEXT_BYTES_MAX,
  LOG_BYTES_MAX,
  LOG_LINES_PER_HOOK,
  TAG_BYTES_MAX,
} from '../../core/plugin-bounds.js';
import type { Call } from '../call.js';
import { setPair } from '../effects.js';
import { cutBytes, printable, SECRET_BYTES_MAX } from '../guest-text.js';
import { Memo } from '../memo.js';

const STATUS_MIN = 400;
const STATUS_MAX = 599;
const STATUS_DEFAULT = 403;
const CODE = /^[a-z0-9_]{1,64}$/;
const EVIDENCE_KEY = /^[a-z0-9_.]{1,32}$/;
const TAG_NAME_BYTES_MAX = 256;
const LEVEL_MAX = 3;

const isCode = new Memo(text => CODE.test(text));
const isEvidenceKey = new Memo(text => EVIDENCE_KEY.test(text));

export function noteImports(call: Call) {
  return {
    deny(
      status: number,
      code: number,
      codeLength: number,
      message: number,
      messageLength: number,
      retryAfterMs: number,
    ): void {
      if (!call.within(code, codeLength) || !call.within(message, messageLength)) return;
      const codeBytes = codeLength > DENY_CODE_BYTES_MAX ? 0 : codeLength;
      if (!call.takeBytes(codeBytes + noteBytes(messageLength, DENY_MESSAGE_BYTES_MAX))) return;
      const codeText = call.peek(code, codeBytes);
      const text = paidNote(call, message, messageLength, DENY_MESSAGE_BYTES_MAX);
      call.effect().denial = {
        status: status >= STATUS_MIN && status <= STATUS_MAX ? status : STATUS_DEFAULT,
        code: isCode.of(codeText) ? codeText : null,
        message: text === '' ? null : text,
        retryAfterMs: retryAfterMs > 0 ? retryAfterMs : null,
      };
    },

    evidence_i64(key: number, keyLength: number, value: bigint): void {
      const name = evidenceKey(call, key, keyLength);
      if (name === null || !call.takeBytes(keyLength)) return;
      const number = Number(value);
      addEvidence(call, name, Number.isSafeInteger(number) ? number : String(value));
    },

    evidence_str(key: number, keyLength: number, from: number, length: number): void {
      if (!call.within(from, length)) return;
      const name = evidenceKey(call, key, keyLength);
      if (name === null || !call.takeBytes(keyLength + noteBytes(length, EVIDENCE_TEXT_BYTES_MAX))) return;
      addEvidence(call, name, paidNote(call, from, length, EVIDENCE_TEXT_BYTES_MAX));
    },

    tag(key: number, keyLength: number, from: number, length: number): void {
      if (!call.within(key, keyLength) || !call.within(from, length)) return;
      const nameBytes = keyLength > TAG_NAME_BYTES_MAX ? 0 : keyLength;
      const name = call.peek(key, nameBytes);
      const isAllowed = call.settings.tags.includes(name) && !call.scene.consumerHasTag(name);
      if (!call.takeBytes(nameBytes + (isAllowed ? noteBytes(length, TAG_BYTES_MAX) : 0)) || !isAllowed)
        return;
      setPair(call.effect().tags, name, paidNote(call, from, length, TAG_BYTES_MAX));
    },

    log(level: number, from: number, length: number): void {
      if (!call.within(from, length) || !mayLog(call)) return;
      const text = noteText(call, from, length, LOG_BYTES_MAX);
      if (text !== null) addLog(call, level, text);
    },
  };
}

/** Printable, without secrets, cut at a character's end. Null: the hook has failed. */
export function noteText(call: Call, at: number, length: number, max: number): string | null {
  return call.takeBytes(noteBytes(length, max)) ? paidNote(call, at, length, max) : null;
}

/** What is read, and paid, of a note's text. */
function noteBytes(length: number, max: number): number {
  return Math.min(length, max + SECRET_BYTES_MAX);
}

function paidNote(call: Call, at: number, length: number, max: number): string {
  return scrubbed(call, call.peek(at, noteBytes(length, max)), max);
}

/** Secrets are looked for before anything is cut: a part of one is still one. */
export function scrubbed(call: Call, text: string, max: number): string {
  return cutBytes(printable(call.host.scrub(text)), max);
}

/** A line over the bound of a hook is counted, not read. */
export function mayLog(call: Call): boolean {
  const effects = call.effect();
  if (effects.logs.length < LOG_LINES_PER_HOOK) return true;
  effects.logsDropped++;
  return false;
}

export function addLog(call: Call, level: number, text: string): void {
  call.effect().logs.push({ level: Math.min(Math.max(level, 0), LEVEL_MAX), text });
}

/** Null: the hook has failed, or this is none, which is paid for; a good one is not paid yet. */
function evidenceKey(call: Call, at: number, length: number): string | null {
  if (!call.within(at, length) || length > EVIDENCE_KEY_BYTES_MAX) return null;
  const key = call.peek(at, length);
  if (isEvidenceKey.of(key)) return key;
  call.takeBytes(length);
  return null;
}

/** A key that this hook has used already costs no place. */
function addEvidence(call: Call, key: string, value: string | number): void {
  const { evidence } = call.effect();
  const isFull = call.scene.evidenceCount + evidence.length >= EVIDENCE_MAX;
  if (!isFull || evidence.some(pair => pair[0] === key)) setPair(evidence, key, value);
}
