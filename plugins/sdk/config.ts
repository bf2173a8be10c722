// The policy's `config:`, typed, with defaults and bounds. What has the wrong type, and what nobody asked for, is said in the log and by
// `check`, so that a misspelt setting keeps the policy from starting instead of being ignored.
import { log } from './evidence';
import { Json, JsonKind } from './json';
import { Place } from './place';
import { config_read } from './weir';

const FIRST_BYTES = 1024;
const place = new Place(FIRST_BYTES);
const SHOWN_BYTES = 60;
let cached: Setting | null = null;
let problems = 0;

/** One value of the configuration, with the path that messages name it by: `config.patterns[2]`. */
export class Setting {
  /** Names of members that were asked for, and what was given. */
  private readonly asked: string[] = [];
  private readonly given: Setting[] = [];

  constructor(
    readonly json: Json,
    readonly path: string,
  ) {}

  /** Neither there nor null. */
  get absent(): bool {
    return this.json.absent;
  }

  get(name: string): Setting {
    const before = this.asked.indexOf(name);
    if (before >= 0) return this.given[before];
    const found = new Setting(this.json.get(name), `${this.path}.${name}`);
    this.asked.push(name);
    this.given.push(found);
    return found;
  }

  /** Of a list; empty where it is absent. */
  items(): Setting[] {
    const found: Setting[] = [];
    if (!this.has(JsonKind.LIST, 'a list')) return found;
    const items = this.json.items();
    for (let i = 0; i < items.length; i++) found.push(new Setting(items[i], `${this.path}[${i}]`));
    return found;
  }

  /** Of an object, in its order; empty where it is absent. */
  keys(): string[] {
    return this.has(JsonKind.OBJECT, 'an object') ? this.json.keys() : [];
  }

  string(fallback: string = ''): string {
    return this.has(JsonKind.STRING, 'a text') ? this.json.string() : fallback;
  }

  oneOf(allowed: string[], fallback: string): string {
    const value = this.string(fallback);
    if (!allowed.includes(value)) this.wrong(`one of ${allowed.join(', ')}`);
    return value;
  }

  bool(fallback: bool = false): bool {
    return this.has(JsonKind.BOOL, 'true or false') ? this.json.bool() : fallback;
  }

  number(fallback: f64 = 0): f64 {
    return this.has(JsonKind.NUMBER, 'a number') ? this.json.number() : fallback;
  }

  /** A whole number within bounds. */
  integer(fallback: i64 = 0, least: i64 = i64.MIN_VALUE, most: i64 = i64.MAX_VALUE): i64 {
    if (!this.has(JsonKind.NUMBER, 'a whole number')) return fallback;
    const number = this.json.integer();
    const bounds = least == i64.MIN_VALUE && most == i64.MAX_VALUE ? '' : ` from ${least} to ${most}`;
    if (!this.json.whole || number < least || number > most) this.wrong(`a whole number${bounds}`);
    return number;
  }

  /** A list of texts, or one alone; empty where it is absent. */
  strings(): string[] {
    if (this.json.kind == JsonKind.STRING) return [this.json.string()];
    const found: string[] = [];
    const items = this.items();
    for (let i = 0; i < items.length; i++) found.push(items[i].string());
    return found;
  }

  /** Nothing may stand in this object, and in those below it that members were asked of, but what was asked for: a misspelt name is a problem. */
  closed(): void {
    for (let i = 0; i < this.given.length; i++) if (this.given[i].asked.length > 0) this.given[i].closed();
    const names = this.json.keys();
    for (let i = 0; i < names.length; i++) {
      if (this.asked.includes(names[i])) continue;
      config.problem(`${this.path}.${names[i]} is not known; known are ${this.asked.join(', ')}`);
    }
  }

  wrong(wanted: string): void {
    const text = this.json.text;
    const found = text.length == 0 ? 'missing' : text.slice(0, SHOWN_BYTES).toString();
    config.problem(`${this.path} is ${found}; must be ${wanted}`);
  }

  /** False where it is absent, and where it is something else, which is a problem. */
  private has(kind: JsonKind, wanted: string): bool {
    if (this.absent) return false;
    if (this.json.kind == kind) return true;
    this.wrong(wanted);
    return false;
  }
}

/** The first level by name; deeper: `config.at('limits').get('words').integer(200)`. */
export class config {
  static get root(): Setting {
    const before = cached;
    if (before !== null) return before;
    place.ready();
    let length = config_read(place.ptr, place.capacity);
    if (!place.holds(length)) length = config_read(place.ptr, place.capacity);
    const read = new Setting(Json.parse(place.view(length)), 'config');
    cached = read;
    return read;
  }

  static at(name: string): Setting {
    return config.root.get(name);
  }

  static string(name: string, fallback: string = ''): string {
    return config.at(name).string(fallback);
  }

  static oneOf(name: string, allowed: string[], fallback: string): string {
    return config.at(name).oneOf(allowed, fallback);
  }

  static bool(name: string, fallback: bool = false): bool {
    return config.at(name).bool(fallback);
  }

  static integer(
    name: string,
    fallback: i64 = 0,
    least: i64 = i64.MIN_VALUE,
    most: i64 = i64.MAX_VALUE,
  ): i64 {
    return config.at(name).integer(fallback, least, most);
  }

  static number(name: string, fallback: f64 = 0): f64 {
    return config.at(name).number(fallback);
  }

  static strings(name: string): string[] {
    return config.at(name).strings();
  }

  /** The policy will not start: says why in the log. */
  static problem(message: string): void {
    problems++;
    log.error(message);
  }

  /** What `configure` returns: 0, or 1 where something was wrong, or a name stands there that nobody asked for (items of a list: `item.closed()`). */
  static check(): i32 {
    config.root.closed();
    return problems == 0 ? 0 : 1;
  }
}
