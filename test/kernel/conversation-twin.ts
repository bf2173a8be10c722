// The slow, obvious twin of kernel conversation: the same parts, found in what JSON.parse makes of the body.
import * as C from '../../src/kernel/conversation.js';

/** A parsed JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export interface TwinPart {
  kind: number;
  role: number;
  readonly message: number;
  /** A string's text with its escapes undone, or the raw value. */
  readonly value: Json;
  detail: number;
}

export type Handlers = Readonly<Record<string, (value: Json) => void>>;

const ROLES: Readonly<Record<string, number>> = {
  user: C.ROLE_USER,
  human: C.ROLE_USER,
  assistant: C.ROLE_ASSISTANT,
  model: C.ROLE_ASSISTANT,
  chatbot: C.ROLE_ASSISTANT,
  system: C.ROLE_SYSTEM,
  developer: C.ROLE_DEVELOPER,
  tool: C.ROLE_TOOL,
  function: C.ROLE_TOOL,
};
const DETAILS: Readonly<Record<string, number>> = {
  low: C.DETAIL_LOW,
  high: C.DETAIL_HIGH,
  ultra_high: C.DETAIL_HIGH,
  original: C.DETAIL_HIGH,
  auto: C.DETAIL_AUTO,
  medium: C.DETAIL_AUTO,
};

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const roleOf = (value: Json | undefined): number =>
  typeof value === 'string' ? (ROLES[value.toLowerCase()] ?? C.ROLE_NONE) : C.ROLE_NONE;
export const detailOf = (value: Json | undefined): number =>
  typeof value === 'string'
    ? (DETAILS[value.toLowerCase().replace('media_resolution_', '')] ?? C.DETAIL_NONE)
    : C.DETAIL_NONE;

const MEDIA: Readonly<Record<string, number>> = {
  image: C.PART_IMAGE,
  image_url: C.PART_IMAGE,
  computer_screenshot: C.PART_IMAGE,
  audio: C.PART_AUDIO,
  video: C.PART_VIDEO,
  document: C.PART_FILE,
  file: C.PART_FILE,
  container_upload: C.PART_FILE,
};

/** What data is in an object of this type; `otherwise` where the type does not say. */
export const mediaOf = (type: Json | undefined, otherwise: number = C.PART_OPAQUE): number =>
  typeof type === 'string' ? (MEDIA[type.replace(/^input_/, '')] ?? otherwise) : otherwise;

/** What is being listed: parts get the role and message that hold when they are added. */
export class Twin {
  readonly parts: TwinPart[] = [];
  messages = 0;
  role = C.ROLE_NONE;
  message = -1;

  add(kind: number, value: Json): void {
    this.parts.push({ kind, role: this.role, message: this.message, value, detail: C.DETAIL_NONE });
  }

  /** Adds a value that must be a string. */
  text = (kind: number) => (value: Json) => {
    if (typeof value === 'string') this.add(kind, value);
  };

  /** Adds a string, or an object or list as it stands. */
  raw = (kind: number) => (value: Json) => {
    if (typeof value === 'string' || (typeof value === 'object' && value !== null)) this.add(kind, value);
  };

  /** Calls the handler of each key of an object, in wire order. */
  keys = (value: Json, handlers: Handlers): void => {
    if (!isObject(value)) return;
    for (const [key, inner] of Object.entries(value))
      if (Object.hasOwn(handlers, key)) handlers[key]?.(inner);
  };

  inObject = (handlers: Handlers) => (value: Json) => this.keys(value, handlers);

  /** Calls `element` for each element of a list. */
  each = (element: (value: Json) => void) => (value: Json) => {
    if (Array.isArray(value)) value.forEach(element);
  };

  /** A message of its own. Its role is known before its parts, as a reader of the whole would have it. */
  turn(role: number, body: () => void): void {
    const before = { role: this.role, message: this.message };
    const first = this.parts.length;
    this.role = role;
    this.message = this.messages++;
    body();
    if (role === C.ROLE_TOOL)
      for (const part of this.parts.slice(first))
        if (part.kind === C.PART_TEXT) part.kind = C.PART_TOOL_RESULT;
    this.role = before.role;
    this.message = before.message;
  }

  as(role: number, body: () => void): void {
    const before = this.role;
    this.role = role;
    body();
    this.role = before;
  }

  /** Gives what `body` adds a detail, where it has none. */
  detailed(detail: number, body: () => void): void {
    const first = this.parts.length;
    body();
    for (const part of this.parts.slice(first))
      if ([C.PART_IMAGE, C.PART_VIDEO, C.PART_FILE].includes(part.kind) && part.detail === C.DETAIL_NONE)
        part.detail = detail;
  }

  /** A string, or a list of which each string and list of ids is one; a list of ids is opaque. */
  inputs = (value: Json) => {
    if (typeof value === 'string') this.turn(C.ROLE_USER, () => this.add(C.PART_TEXT, value));
    if (!Array.isArray(value)) return;
    const firstId = value.findIndex(element => typeof element === 'number');
    for (const [i, element] of value.entries())
      if (typeof element === 'string') this.turn(C.ROLE_USER, () => this.add(C.PART_TEXT, element));
      else if (Array.isArray(element)) this.turn(C.ROLE_USER, () => this.add(C.PART_OPAQUE, element));
      else if (i === firstId) this.turn(C.ROLE_USER, () => this.add(C.PART_OPAQUE, value));
  };

  /** A string that is a message of the user's. */
  prompt = (value: Json) => {
    if (typeof value === 'string') this.turn(C.ROLE_USER, () => this.add(C.PART_TEXT, value));
  };

  tools = this.each(value => {
    if (isObject(value)) this.add(C.PART_TOOL_DEFINITION, value);
  });

  format = this.inObject({
    schema: this.raw(C.PART_SCHEMA),
    name: this.raw(C.PART_SCHEMA),
    description: this.raw(C.PART_SCHEMA),
    grammar: this.raw(C.PART_SCHEMA),
    json_schema: value => this.schema(value),
  });

  schema = this.inObject({
    schema: this.raw(C.PART_SCHEMA),
    name: this.raw(C.PART_SCHEMA),
    description: this.raw(C.PART_SCHEMA),
  });
}
