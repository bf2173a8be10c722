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
const NANOS_PER_MS = 1_000_000n;
/** UTF-16 units of an abort's message or file that are shown. */
const ABORT_UNITS_MAX = 200;

export function wasiImports(call: Call) {
  const writeWord = (at: number, value: number): number => {
    if (!call.within(at, 4) || !call.takeBytes(4)) return FAULT;
    call.bytes.writeUInt32LE(value, at);
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
      const text = gathered(call, vectors, count);
      if (text === null) return FAULT;
      const line = scrubbed(call, text.start.replace(/\r?\n$/, ''), LOG_BYTES_MAX);
      if (line !== '' && mayLog(call)) addLog(call, descriptor === STDERR ? LEVEL_WARN : LEVEL_INFO, line);
      return writeWord(writtenAt, text.bytes);
    },

    /** The time the hook began, whatever the clock; the epoch in `configure`. */
    clock_time_get(_clock: number, _precision: bigint, at: number): number {
      if (!call.within(at, 8) || !call.takeBytes(8)) return FAULT;
      call.bytes.writeBigUInt64LE(BigInt.asUintN(64, call.now * NANOS_PER_MS), at);
      return SUCCESS;
    },

    random_get(at: number, length: number): number {
      if (!call.within(at, length) || !call.takeBytes(length)) return FAULT;
      call.random().fill(call.bytes.subarray(at, at + length));
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
  return {
    proc_exit: (code: number): void => call.fail('trap', `the guest called proc_exit(${code})`),

    /** AssemblyScript's: message and file are its strings, with their length in bytes in the four bytes before. */
    abort(message: number, file: number, line: number, column: number): void {
      const said = stringAt(call, message) ?? 'abort';
      const where = stringAt(call, file) ?? '?';
      const text = printable(call.host.scrub(`abort: ${said} at ${where}:${line >>> 0}:${column >>> 0}`));
      call.fail('trap', text);
    },
  };
}

interface Gathered {
  /** Of the text; as much as a line can show. */
  readonly start: string;
  readonly bytes: number;
}

/** What the vectors hold, charged. Null: the hook has failed. */
function gathered(call: Call, vectors: number, count: number): Gathered | null {
  const parts: Buffer[] = [];
  let [shown, bytes] = [0, 0];
  for (let i = 0; i < count; i++) {
    const at = call.bytes.readUInt32LE(vectors + i * IOVEC_BYTES);
    const length = call.bytes.readUInt32LE(vectors + i * IOVEC_BYTES + 4);
    if (!call.within(at, length)) return null;
    const taken = Math.min(length, LOG_BYTES_MAX + SECRET_BYTES_MAX - shown);
    if (taken > 0) {
      if (!call.takeBytes(taken)) return null;
      parts.push(call.bytes.subarray(at, at + taken));
      shown += taken;
    }
    bytes += length;
  }
  return { start: Buffer.concat(parts).toString(), bytes };
}

function stringAt(call: Call, at: number): string | null {
  const { bytes } = call;
  const start = at >>> 0;
  if (start < 4 || start > bytes.length) return null;
  const length = Math.min(bytes.readUInt32LE(start - 4), 2 * ABORT_UNITS_MAX);
  return start + length > bytes.length ? null : bytes.toString('utf16le', start, start + length);
}
