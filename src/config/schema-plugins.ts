// The shape of a policy's `plugin:` (CONTRACT.md §3), with every default, unit and range; what needs more than one value to judge is in
// plugins.ts.
import { z } from 'zod';
import {
  COUNTERS_DEFAULT,
  COUNTERS_MAX,
  DEADLINE_MS_DEFAULT,
  FUEL_DEFAULT,
  FUEL_PER_BYTE_DEFAULT,
  MEMORY_BYTES_DEFAULT,
  MEMORY_BYTES_MAX,
  MODULE_BYTES_MAX,
  MODULE_SIZE_MAX,
  PAGE_BYTES,
} from '../core/plugin-bounds.js';
import { formatBytes, formatDuration } from '../core/units.js';
import { bytes, choice, duration, text, wholeNumber } from './leaves.js';
import { list, section } from './shapes.js';

const KIB = 1024;
/** Less than a few calls of imports cost would fail every hook. */
const FUEL_MIN = 1000;
/** Some ten minutes of a thread: whoever allows more has taken a wrong unit. */
const FUEL_MAX = 1e12;
const FUEL_PER_BYTE_MAX = 1e6;
/** A worker that may hang longer holds up every other hook of its thread. */
const DEADLINE_MS_MAX = 10_000;
/** Every leaf says what it allows, so that a default that is out of range would be told at once. */
const filled = (value: number): string => String(value);

export const pluginSchema = section({
  file: text('Module to run (.wasm), relative to this file'),
  config: z
    .record(z.string(), z.unknown(), { error: () => 'a mapping, which the module reads as JSON' })
    .prefault({})
    .meta({ description: 'What the module reads as its configuration, as JSON' }),
  grant: list(text('a grant'), 'grants')
    .prefault([])
    .meta({ description: 'What the module may do beyond the defaults' }),
  fuel: wholeNumber(FUEL_MIN, FUEL_MAX, 'Fuel of a hook call; on_event gets a twentieth').prefault(
    filled(FUEL_DEFAULT),
  ),
  fuel_per_byte: wholeNumber(
    0,
    FUEL_PER_BYTE_MAX,
    'Fuel beside it for each byte of text that the hook can see',
  ).prefault(filled(FUEL_PER_BYTE_DEFAULT)),
  memory: bytes(PAGE_BYTES, MEMORY_BYTES_MAX, 'Most memory that the module may have').prefault(
    formatBytes(MEMORY_BYTES_DEFAULT),
  ),
  size: bytes(KIB, MODULE_SIZE_MAX, 'Largest file that is loaded').prefault(formatBytes(MODULE_BYTES_MAX)),
  on_failure: choice(
    ['closed', 'open'],
    'What becomes of a request when the module fails: closed refuses it',
  ).prefault('closed'),
  on_opaque: choice(
    ['refuse', 'pass'],
    'What becomes of a request or answer that the module cannot see; default: as on_failure',
  ).optional(),
  run: choice(
    ['auto', 'inline', 'isolated'],
    'Where hooks run; auto: in the compute pool when they can see much text',
  ).prefault('auto'),
  deadline: duration(1, DEADLINE_MS_MAX, 'Of a hook in the compute pool').prefault(
    formatDuration(DEADLINE_MS_DEFAULT),
  ),
  reset: choice(
    ['always', 'never'],
    'never: the module keeps its memory from hook to hook; for modules of your own',
  ).prefault('always'),
  tables: z
    .record(z.string(), text('CSV file, relative to this file'), {
      error: () => 'a mapping of table names to CSV files',
    })
    .prefault({})
    .meta({ description: 'Tables that the module may look up: name and CSV file' }),
  tags: list(text('Name of a request tag'), 'tag names')
    .prefault([])
    .meta({ description: 'Request tags that the module may set' }),
  counters: wholeNumber(1, COUNTERS_MAX, 'Live counter keys').prefault(filled(COUNTERS_DEFAULT)),
});
