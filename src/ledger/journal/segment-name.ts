// Names of the journal's files: `<generation>-<thread>-<sequence>.journal`, so that their order by name is their order in time.
import { readdirSync } from 'node:fs';

/** A process start is a generation; each of its data-plane threads writes segments 1, 2, 3 … one after the other. */
export interface SegmentName {
  readonly generation: number;
  readonly thread: number;
  readonly sequence: number;
}

export const GENERATION_MAX = 99_999_999;
export const THREAD_MAX = 999;
export const SEQUENCE_MAX = 99_999_999;

const PATTERN = /^(\d{8})-(\d{3})-(\d{8})\.journal$/;
/** A segment that is prepared and holds nothing yet; renamed once the one before it is closed. */
export const SPARE = '.spare';

export function segmentFileName({ generation, thread, sequence }: SegmentName): string {
  return `${padded(generation, 8)}-${padded(thread, 3)}-${padded(sequence, 8)}.journal`;
}

/** Null: no segment's name. */
export function parseSegmentName(fileName: string): SegmentName | null {
  const match = PATTERN.exec(fileName);
  if (match === null) return null;
  return { generation: Number(match[1]), thread: Number(match[2]), sequence: Number(match[3]) };
}

/** The segments of a folder, oldest first. Errors: those of the file system. */
export function listSegments(folder: string): SegmentName[] {
  const names: SegmentName[] = [];
  // By name is by generation, thread and sequence, because all of them are padded.
  for (const file of readdirSync(folder).sort()) {
    const name = parseSegmentName(file);
    if (name !== null) names.push(name);
  }
  return names;
}

/** The largest generation that has a segment in the folder; 0 where there is none. */
export function lastGeneration(folder: string): number {
  return listSegments(folder).at(-1)?.generation ?? 0;
}

function padded(number: number, digits: number): string {
  return String(number).padStart(digits, '0');
}
