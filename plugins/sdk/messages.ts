// The conversation: every text that the model will read, one index per text part in wire order, without JSON (grant messages.read, a default;
// changing one takes messages.write).
import { ByteView } from './bytes';
import { encodedLength, encodeFirst, Place } from './place';
import { message_count, message_role, message_set_text, message_text } from './weir';

export const enum Role {
  SYSTEM = 0,
  DEVELOPER = 1,
  USER = 2,
  ASSISTANT = 3,
  TOOL = 4,
}

const ROLE_BYTES = 16;
const roleAt = memory.data(16);
const FIRST_BYTES = 4096;
const place = new Place(FIRST_BYTES);

export class messages {
  /** Text parts; 0 where the api carries none, -1 where Weir cannot see all of it (then `on_opaque` has decided already). */
  static get count(): i32 {
    return message_count();
  }

  static role(i: i32): Role {
    message_role(i, roleAt, ROLE_BYTES);
    switch (load<u8>(roleAt)) {
      case 0x73:
        return Role.SYSTEM;
      case 0x64:
        return Role.DEVELOPER;
      case 0x61:
        return Role.ASSISTANT;
      case 0x74:
        return Role.TOOL;
      default:
        return Role.USER;
    }
  }

  static roleName(i: i32): string {
    return new ByteView(roleAt, message_role(i, roleAt, ROLE_BYTES)).toString();
  }

  /** Bytes of its text; costs 50 fuel whatever its length. */
  static length(i: i32): i32 {
    return message_text(i, roleAt, 0);
  }

  /** The text's UTF-8, without an allocation per call: valid until the next `bytes` or `text`. */
  static bytes(i: i32): ByteView {
    place.ready();
    let length = message_text(i, place.ptr, place.capacity);
    if (!place.holds(length)) length = message_text(i, place.ptr, place.capacity);
    return place.view(length);
  }

  static text(i: i32): string {
    return messages.bytes(i).toString();
  }

  /** False where this part cannot take it: signed reasoning takes nothing, a raw JSON value only JSON of its kind. */
  static setText(i: i32, text: string): bool {
    const at = encodeFirst(text);
    return message_set_text(i, at, encodedLength(text)) >= 0;
  }

  static setBytes(i: i32, text: ByteView): bool {
    return message_set_text(i, text.ptr, text.length) >= 0;
  }
}
