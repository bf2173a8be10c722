// How the author's tools speak: what they print, their complaints, and numbers as people read them.
import type { Command } from 'commander';
import { scrub } from './terminal.js';

export interface Streams {
  readonly command: string;
  out(text: string): void;
  error(text: string): void;
}

export function streamsOf(command: Command, name: string): Streams {
  const { writeOut, writeErr } = command.configureOutput();
  return {
    command: `weir plugin ${name}`,
    out: text => writeOut?.(text),
    error: text => writeErr?.(text),
  };
}

/** Exit status 1: the thing failed; 2: wrong usage. A compiler's complaint has lines. */
export function complain({ command, error }: Streams, message: string, status: 1 | 2): void {
  error(`${command}: ${message.split('\n').map(scrub).join('\n')}\n`);
  process.exitCode = status;
}

/** Runs `work`; what it throws is the command's failure. */
export function orComplain(streams: Streams, work: () => void): void {
  try {
    work();
  } catch (error) {
    complain(streams, inWords(error), 1);
  }
}

/** Node's `ENOENT: …` tells nobody anything. */
function inWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, path } = error as NodeJS.ErrnoException;
  if (code === 'EISDIR') return 'that is a folder, and a file is needed';
  return code === 'ENOENT' && path !== undefined ? `${path} does not exist` : error.message;
}

export function number(value: number): string {
  return value.toLocaleString('en-US');
}

/** `950 ns`, `1.28 µs`, `14.1 ms`. */
export function time(nanoseconds: number): string {
  if (nanoseconds < 1_000) return `${Math.round(nanoseconds)} ns`;
  const [value, unit] = nanoseconds < 1e6 ? [nanoseconds / 1e3, 'µs'] : [nanoseconds / 1e6, 'ms'];
  return `${value.toPrecision(3)} ${unit}`;
}

/** A column of names, a column of what they are. */
export function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${scrub(value)}`.trimEnd()).join('\n');
}
