// The settings of pii-redact: what to do with each kind, what to write in its place, and whose texts to look at.
import { ByteView, config, messages } from '../sdk';
import { Action, KINDS, setAction, setOutput, setPlaceholder } from './matches';

export const KIND_NAMES: string[] = ['email', 'phone', 'card', 'iban', 'key'];
const PLACEHOLDERS: string[] = ['[EMAIL]', '[PHONE]', '[CARD]', '[IBAN]', '[KEY]'];
const ACTION_NAMES: string[] = ['off', 'count', 'redact', 'refuse'];
/** By the SDK's Role. */
const ROLE_NAMES: string[] = ['system', 'developer', 'user', 'assistant', 'tool'];
const PLACEHOLDER_BYTES_MAX = 64;

/** A bit for each role that is looked at. */
let roles: i32 = 31;

export function readKinds(): void {
  const all = config.oneOf('action', ACTION_NAMES, 'redact');
  for (let kind = 0; kind < KINDS; kind++) {
    const name = KIND_NAMES[kind];
    setAction(kind, ACTION_NAMES.indexOf(config.at('kinds').get(name).oneOf(ACTION_NAMES, all)));
    const setting = config.at('placeholders').get(name);
    const placeholder = ByteView.of(setting.string(PLACEHOLDERS[kind]));
    if (!isHarmless(placeholder))
      setting.wrong(`at most ${PLACEHOLDER_BYTES_MAX} bytes without quote, backslash and control characters`);
    setPlaceholder(kind, placeholder.ptr, placeholder.length);
  }
}

/** It goes into strings of JSON as it is. */
function isHarmless(text: ByteView): bool {
  if (text.length > PLACEHOLDER_BYTES_MAX) return false;
  for (let i = 0; i < text.length; i++) {
    const byte = text.byteAt(i);
    if (byte < 0x20 || byte == 0x22 || byte == 0x5c) return false;
  }
  return true;
}

export function readRoles(): void {
  const names = config.strings('roles');
  if (names.length == 0) return;
  roles = 0;
  for (let i = 0; i < names.length; i++) {
    const role = ROLE_NAMES.indexOf(names[i]);
    if (role < 0) config.problem(`config.roles has "${names[i]}"; must be of ${ROLE_NAMES.join(', ')}`);
    else roles |= 1 << role;
  }
}

/** Whether text `i` is of a role that is looked at; the role is read only where not all are. */
export function rolesAsked(i: i32): bool {
  return roles == 31 || ((roles >> messages.role(i)) & 1) == 1;
}

export function prepareOutput(bytes: usize): void {
  setOutput(heap.alloc(bytes), bytes);
}
