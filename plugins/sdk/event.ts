// One piece of the answer's text, in on_event: each delta of a stream, each text of a whole answer, and `END` once behind them (events.read,
// a default; changing one takes events.write).
import { ByteView } from './bytes';
import { Field, numberField } from './field';
import { encodedLength, encodeFirst, Place } from './place';
import { event_replace, event_text, field_str, held_append } from './weir';

export const enum EventKind {
  TEXT = 0,
  REASONING = 1,
  REFUSAL = 2,
  TOOL_ARGUMENTS = 3,
  END = 4,
}

const KIND_BYTES = 16;
const kindAt = memory.data(16);
const FIRST_BYTES = 1024;
const place = new Place(FIRST_BYTES);

export class event {
  static get kind(): EventKind {
    field_str(Field.EVENT_KIND, kindAt, KIND_BYTES);
    switch (load<u16>(kindAt)) {
      case 0x6572: // 're', then 'a' or 'f'
        return load<u8>(kindAt + 2) == 0x61 ? EventKind.REASONING : EventKind.REFUSAL;
      case 0x6f74: // 'to'
        return EventKind.TOOL_ARGUMENTS;
      case 0x6e65: // 'en'
        return EventKind.END;
      default:
        return EventKind.TEXT;
    }
  }

  /** Of all pieces of the answer, from 0. */
  static get index(): i32 {
    return <i32>numberField(Field.EVENT_INDEX);
  }

  /** The choice or block it belongs to. */
  static get choice(): i32 {
    return <i32>numberField(Field.CHOICE);
  }

  /** Its text's UTF-8, empty for END: valid until the next `bytes` or `text`. */
  static get bytes(): ByteView {
    place.ready();
    let length = event_text(place.ptr, place.capacity);
    if (!place.holds(length)) length = event_text(place.ptr, place.capacity);
    return place.view(length);
  }

  static get text(): string {
    return event.bytes.toString();
  }

  /** '' empties it. */
  static replace(text: string): bool {
    const at = encodeFirst(text);
    return event_replace(at, encodedLength(text)) >= 0;
  }

  static replaceBytes(text: ByteView): bool {
    return event_replace(text.ptr, text.length) >= 0;
  }
}

/** What this policy holds back now. */
export class held {
  /** Adds text behind the last held piece of this kind and choice, so that a kept tail can be given back; false where none is held. */
  static append(kind: EventKind, choice: i32, text: ByteView): bool {
    return held_append(kind, choice, text.ptr, text.length) >= 0;
  }
}
