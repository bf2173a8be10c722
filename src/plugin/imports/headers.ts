// Imports that read and edit headers: the request's in on_request, the response's in on_response (CONTRACT.md §5.7, 5.8).
import { HEADER_BYTES_MAX } from '../../core/plugin-bounds.js';
import { holdsWeirKey } from '../../core/weir-key.js';
import { ABSENT, REFUSED } from '../abi.js';
import type { Call } from '../call.js';
import { allowedHeader, isHeaderValue } from '../header-rules.js';

const NAME_BYTES_MAX = 128;

export function headerImports(call: Call) {
  /** Null: no name, one that plugins do not get, or the hook has failed. */
  const nameAt = (at: number, length: number): string | null => {
    if (length > NAME_BYTES_MAX) return null;
    const name = call.text(at, length, length);
    return name === null ? null : allowedHeader(name);
  };
  const editable = (): boolean => call.hook === 'on_request' || call.hook === 'on_response';
  const edit = (name: string, value: string | null): number =>
    call.effect().editHeader(name, value) ? 0 : REFUSED;

  return {
    header_get(nameFrom: number, nameLength: number, at: number, capacity: number): number {
      if (!call.within(nameFrom, nameLength) || !call.within(at, capacity)) return REFUSED;
      if (!call.scene.hasHeaders) return REFUSED;
      const name = nameAt(nameFrom, nameLength);
      if (name === null) return ABSENT;
      // A hook sees its own edits.
      const edited = call.effects?.header(name);
      const value = edited === undefined ? call.scene.header(name) : edited;
      return value === null ? ABSENT : call.giveText(value, at, capacity);
    },

    header_set(nameFrom: number, nameLength: number, from: number, length: number): number {
      if (!call.within(nameFrom, nameLength) || !call.within(from, length)) return REFUSED;
      if (!editable() || length > HEADER_BYTES_MAX) return REFUSED;
      const name = nameAt(nameFrom, nameLength);
      if (name === null) return REFUSED;
      const value = call.text(from, length, length);
      if (value === null || !isHeaderValue(value)) return REFUSED;
      return holdsWeirKey(value) || call.host.holdsSecret(value) ? REFUSED : edit(name, value);
    },

    header_remove(nameFrom: number, nameLength: number): number {
      if (!call.within(nameFrom, nameLength)) return REFUSED;
      if (!editable()) return REFUSED;
      const name = nameAt(nameFrom, nameLength);
      return name === null ? REFUSED : edit(name, null);
    },
  };
}
