// prompt-guard: refuses or reports texts with forbidden patterns, too long ones, and those with the marks of a hidden or disguised instruction;
// its evidence says which pattern or heuristic, in which text, at which byte. README.md has the settings.
import { config, deny, evidence, GO_ON, messages } from '../sdk';
import {
  Action,
  actionOf,
  HEURISTIC_NAMES,
  HEURISTICS,
  maximumOf,
  readHeuristics,
  worstOf,
  worstTextOf,
} from './heuristics';
import { endOf, hits, textOf } from './hits';
import { patternCount, patternDenies, patternNames, readPatterns } from './patterns';
import { read, setHasPatterns } from './read';

/** By the SDK's Role. */
const ROLE_NAMES: string[] = ['system', 'developer', 'user', 'assistant', 'tool'];
/** Of 16 pieces of evidence that a request may leave. */
const PATTERNS_SAID_MAX = 4;
const USER_AND_TOOL: i32 = 0b10100;

let roles: i32 = USER_AND_TOOL;
let textBytesMax: i64 = 0;
let totalBytesMax: i64 = 0;
let status: i32 = 403;
/** The first reason to refuse; '' none. */
let reason: string = '';
let code: string = '';

export function configure(): i32 {
  readRoles();
  readPatterns(config.oneOf('action', ['deny', 'report'], 'deny') == 'deny');
  setHasPatterns(patternCount() > 0);
  readHeuristics();
  textBytesMax = config.integer('max_text_bytes', 0, 0, 1 << 30);
  totalBytesMax = config.integer('max_total_bytes', 0, 0, 1 << 30);
  status = <i32>config.integer('status', 403, 400, 599);
  return config.check();
}

function readRoles(): void {
  const setting = config.at('roles');
  const names = setting.strings();
  if (names.length > 0) roles = 0;
  for (let i = 0; i < names.length; i++) {
    const role = ROLE_NAMES.indexOf(names[i]);
    if (role < 0) setting.wrong(`of ${ROLE_NAMES.join(', ')}`);
    else roles |= 1 << role;
  }
}

export function on_request(): i32 {
  const count = messages.count;
  let total: i64 = 0;
  let texts = 0;
  for (let i = 0; i < count; i++) {
    if (((roles >> messages.role(i)) & 1) == 0) continue;
    const length = messages.length(i);
    total += length;
    texts++;
    if (textBytesMax > 0 && length > textBytesMax)
      refuse('text_too_long', `text ${i} has ${length} bytes; at most ${textBytesMax} are allowed`);
    if (totalBytesMax > 0 && total > totalBytesMax)
      refuse('prompt_too_long', `the prompt has more than ${totalBytesMax} bytes`);
    // What is refused already is not read.
    if (reason != '') break;
    read(i, messages.bytes(i));
  }
  evidence.number('texts', texts);
  evidence.number('bytes', total);
  tellPatterns();
  tellHeuristics();
  return reason == '' ? GO_ON : deny(status, code, reason);
}

function refuse(why: string, message: string): void {
  if (reason != '') return;
  code = why;
  reason = message;
}

function tellPatterns(): void {
  if (hits == 0) return;
  evidence.number('patterns', hits);
  let said = 0;
  for (let i = 0; i < patternCount(); i++) {
    const text = textOf(i);
    if (text < 0) continue;
    const name = patternNames[i] == '' ? `patterns[${i}]` : `patterns[${i}] ${patternNames[i]}`;
    const where = `${name} in text ${text}, ends at byte ${endOf(i)}`;
    if (said < PATTERNS_SAID_MAX) evidence.text(`pattern.${said}`, where);
    said++;
    if (patternDenies[i]) refuse('prompt_pattern', `the prompt holds what is not allowed here: ${where}`);
  }
}

function tellHeuristics(): void {
  for (let i = 0; i < HEURISTICS; i++) {
    const count = worstOf(i);
    if (actionOf(i) == Action.OFF || count <= maximumOf(i)) continue;
    const name = HEURISTIC_NAMES[i];
    evidence.number(name, count);
    if (actionOf(i) == Action.DENY)
      refuse(
        `prompt_${name}`,
        `text ${worstTextOf(i)} has ${count} of "${name}"; at most ${maximumOf(i)} are allowed`,
      );
  }
}
