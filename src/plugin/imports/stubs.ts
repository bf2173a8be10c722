// Functions of other modules that compilers import (CONTRACT.md §5.1): WASI's clock, chance and output, AssemblyScript's abort. They give no power that
// the imports of `weir` do not give. Numbers of WASI preview 1: https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md
import { LOG_BYTES_MAX } from '../../core/plugin-bounds.js';
import type { Call } from '../call.js';
import { printable, SECRET_BYTES_MAX } from '../guest-text.js';
import { addLog, mayLog, scrubbed } from './notes.js';

const SUCCESS = 0;
const BAD_DESCRIPTOR = 8;
const FAULT = 21;
const STDOUT = 1;
const STDERR = 2;
const LEVEL_INFO = 1;
const LEVEL_WARN = 2;
const IOVEC_BYTES = 8;
const LINE_BREAK = /\r?\n$/;
/** UTF-16 units of an abort's message or file that are shown. */
const ABORT_UNITS_MAX = 200;

export function wasiImports(call: Call) {
  const writeWord = (at: number, value: number): number => {
    if (!call.within(at, 4) || !call.takeBytes(4)) return FAULT;
    putWord(call, at, value);
    return SUCCESS;
  };
  /** Of arguments and environment there are none. */
  const noStrings = (countAt: number, bytesAt: number): number =>
    writeWord(countAt, 0) === SUCCESS ? writeWord(bytesAt, 0) : FAULT;

  return {
    /** A log line, without its line break; all of it counts as written. */
    fd_write(descriptor: number, vectors: number, count: number, writtenAt: number): number {
      if (!call.within(vectors, Math.min((count >>> 0) * IOVEC_BYTES, 0xffffffff))) return FAULT;
      if (descriptor !== STDOUT && descriptor !== STDERR) return BAD_DESCRIPTOR;
      if (!call.takeBytes(count * IOVEC_BYTES)) return FAULT;
      const bytes = lengthOf(call, vectors, count);
      if (bytes < 0) return FAULT;
      if (bytes > 0 && mayLog(call)) {
        const text = gathered(call, vectors, count);
        if (text === null) return FAULT;
        const line = scrubbed(call, text.replace(LINE_BREAK, ''), LOG_BYTES_MAX);
        addLog(call, descriptor === STDERR ? LEVEL_WARN : LEVEL_INFO, line);
      }
      return writeWord(writtenAt, bytes);
    },

    /** The time the hook began, whatever the clock; the epoch in `configure`. */
    clock_time_get(_clock: number, _precision: bigint, at: number): number {
      if (!call.within(at, 8) || !call.takeBytes(8)) return FAULT;
      putWord(call, at, call.nanosLow);
      putWord(call, at + 4, call.nanosHigh);
      return SUCCESS;
    },

    random_get(at: number, length: number): number {
      if (!call.within(at, length) || !call.takeBytes(length)) return FAULT;
      call.writes(at, length);
      call.random().fill(call.bytes, at, at + length);
      return SUCCESS;
    },

    environ_sizes_get: noStrings,
    args_sizes_get: noStrings,
    environ_get: (_strings: number, _bytes: number): number => SUCCESS,
    args_get: (_strings: number, _bytes: number): number => SUCCESS,
  };
}

/** These end the hook, also while the module is being instantiated. */
export function endingImports(call: Call) {
  const end = (sentence: () => string): void => {
    if (call.failure !== null) return;
    try {
      call.fail('trap', sentence());
    } catch (thrown) {
      call.caught(thrown);
    }
  };
  return {
    proc_exit: (code: number): void => end(() => `the guest called proc_exit(${code})`),

    /** AssemblyScript's: message and file are its strings, with their length in bytes in the four bytes before. */
    abort: (message: number, file: number, line: number, column: number): void =>
      end(() => {
        const said = stringAt(call, message) ?? 'abort';
        const where = stringAt(call, file) ?? '?';
        return printable(call.host.scrub(`abort: ${said} at ${where}:${line >>> 0}:${column >>> 0}`));
      }),
  };
}

/** Of all vectors together; -1: one points outside memory, and the hook has failed. */
function lengthOf(call: Call, vectors: number, count: number): number {
  let bytes = 0;
  for (let i = 0; i < count; i++) {
    const length = word(call.bytes, vectors + i * IOVEC_BYTES + 4);
    if (!call.within(word(call.bytes, vectors + i * IOVEC_BYTES), length)) return -1;
    bytes += length;
  }
  return bytes;
}

/** What the vectors hold, as much as a line can show; charged. Null: the hook has failed. */
function gathered(call: Call, vectors: number, count: number): string | null {
  const parts: Buffer[] = [];
  let left = LOG_BYTES_MAX + SECRET_BYTES_MAX;
  for (let i = 0; i < count && left > 0; i++) {
    const at = word(call.bytes, vectors + i * IOVEC_BYTES);
    const length = Math.min(word(call.bytes, vectors + i * IOVEC_BYTES + 4), left);
    if (!call.takeBytes(length)) return null;
    parts.push(call.bytes.subarray(at, at + length));
    left -= length;
  }
  return Buffer.concat(parts).toString();
}

/** Little-endian; the place was checked. */
function putWord(call: Call, at: number, value: number): void {
  const { bytes } = call;
  call.writes(at, 4);
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}

function word(bytes: Buffer, at: number): number {
  const low = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
  return (low | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)) >>> 0;
}

function stringAt(call: Call, at: number): string | null {
  const { bytes } = call;
  const start = at >>> 0;
  if (start < 4 || start > bytes.length) return null;
  const length = Math.min(word(bytes, start - 4), 2 * ABORT_UNITS_MAX);
  return start + length > bytes.length ? null : bytes.toString('utf16le', start, start + length);
}
