// What a hook leaves for the next hook of the same request and policy: at most 4 KiB, empty at first. Nothing else is remembered.
import { ByteView } from './bytes';
import { encodedLength, encodeFirst, Place } from './place';
import { state_get, state_set } from './weir';

const FIRST_BYTES = 256;
const place = new Place(FIRST_BYTES);
const number = memory.data(8);

export class state {
  /** Valid until the next read. */
  static get bytes(): ByteView {
    place.ready();
    let length = state_get(place.ptr, place.capacity);
    if (!place.holds(length)) length = state_get(place.ptr, place.capacity);
    return place.view(length);
  }

  static get text(): string {
    return state.bytes.toString();
  }

  /** False where it is over 4 KiB. */
  static setBytes(value: ByteView): bool {
    return state_set(value.ptr, value.length) >= 0;
  }

  static setText(value: string): bool {
    const at = encodeFirst(value);
    return state_set(at, encodedLength(value)) >= 0;
  }

  /** A state that is one number; 0 where there is none yet. */
  static get number(): i64 {
    return state_get(number, 8) == 8 ? load<i64>(number) : 0;
  }

  static setNumber(value: i64): void {
    store<i64>(number, value);
    state_set(number, 8);
  }
}
