// The policy's `config:`, typed, with defaults. What has the wrong type, and what nobody asked for, is said in the log and by `check`, so that
// a misspelt setting keeps the policy from starting instead of being ignored.
import { Json, JsonKind } from './json';
import { log } from './evidence';
import { Place } from './place';
import { config_read } from './weir';

const FIRST_BYTES = 1024;
const place = new Place(FIRST_BYTES);
let cached: Json | null = null;
let problems = 0;
/** First names of the paths that were asked for. */
const known: string[] = [];

/** Paths are names with dots between: `limits.words`. A name with a dot in it: `config.root.get('a.b')`. */
export class config {
  static get root(): Json {
    const before = cached;
    if (before !== null) return before;
    place.ready();
    let length = config_read(place.ptr, place.capacity);
    if (!place.holds(length)) length = config_read(place.ptr, place.capacity);
    const read = Json.parse(place.view(length));
    cached = read;
    return read;
  }

  static at(path: string): Json {
    const names = path.split('.');
    if (!known.includes(names[0])) known.push(names[0]);
    let found = config.root;
    for (let i = 0; i < names.length; i++) found = found.get(names[i]);
    return found;
  }

  static string(path: string, fallback: string = ''): string {
    const value = config.of(path, JsonKind.STRING, 'a string');
    return value.string(fallback);
  }

  /** A string that must be one of these. */
  static oneOf(path: string, allowed: string[], fallback: string): string {
    const value = config.string(path, fallback);
    if (!allowed.includes(value))
      config.problem(`config.${path} is "${value}"; must be one of ${allowed.join(', ')}`);
    return value;
  }

  static bool(path: string, fallback: bool = false): bool {
    const value = config.of(path, JsonKind.BOOL, 'true or false');
    return value.bool(fallback);
  }

  /** A whole number within bounds. */
  static integer(
    path: string,
    fallback: i64 = 0,
    least: i64 = i64.MIN_VALUE,
    most: i64 = i64.MAX_VALUE,
  ): i64 {
    const value = config.of(path, JsonKind.NUMBER, 'a whole number');
    if (value.kind != JsonKind.NUMBER) return fallback;
    const number = value.integer();
    if (!value.whole || number < least || number > most) {
      const written = value.text.toString();
      const bounds = least == i64.MIN_VALUE ? '' : ` from ${least} to ${most}`;
      config.problem(`config.${path} is ${written}; must be a whole number${bounds}`);
    }
    return number;
  }

  static number(path: string, fallback: f64 = 0): f64 {
    const value = config.of(path, JsonKind.NUMBER, 'a number');
    return value.number(fallback);
  }

  /** A list of strings, or one string alone; empty where it is absent. */
  static strings(path: string): string[] {
    const value = config.at(path);
    const kind = value.kind;
    const items = value.items();
    let wrong = kind > JsonKind.NULL && kind != JsonKind.STRING && kind != JsonKind.LIST;
    for (let i = 0; i < items.length; i++) wrong = wrong || items[i].kind != JsonKind.STRING;
    if (wrong) config.problem(`config.${path} is ${value.text.slice(0, 60)}; must be a list of strings`);
    return value.strings();
  }

  /** The policy will not start: says why in the log. */
  static problem(message: string): void {
    problems++;
    log.error(message);
  }

  /** What `configure` returns: 0, or 1 where something was wrong, or a name stands there that nothing asked for. */
  static check(): i32 {
    const names = config.root.keys();
    for (let i = 0; i < names.length; i++) {
      if (!known.includes(names[i]))
        config.problem(`config.${names[i]} is not known; known are ${known.join(', ')}`);
    }
    return problems == 0 ? 0 : 1;
  }

  private static of(path: string, kind: JsonKind, wanted: string): Json {
    const value = config.at(path);
    if (value.absent || value.kind == kind) return value;
    config.problem(`config.${path} is ${value.text.slice(0, 60)}; must be ${wanted}`);
    return Json.none;
  }
}
