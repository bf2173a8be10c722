// Headers and the raw body, for policies that need more than the conversation.
import { ByteView } from './bytes';
import { encodedLength, encodeFirst, encodeSecond, Place } from './place';
import { body_query, body_read, body_replace, header_get, header_remove, header_set } from './weir';

const HEADER_BYTES = 512;
const headerPlace = new Place(HEADER_BYTES);
const BODY_BYTES = 4096;
const bodyPlace = new Place(BODY_BYTES);
const QUERY_BYTES = 512;
const queryPlace = new Place(QUERY_BYTES);

/** The request's in on_request, the response's in on_response (headers.read, a default; changing them takes headers.write). */
export class headers {
  /** Name in lower case; null where it is absent or not shown: credentials and framing never are. */
  static get(name: string): string | null {
    const at = encodeFirst(name);
    const bytes = encodedLength(name);
    headerPlace.ready();
    let length = header_get(at, bytes, headerPlace.ptr, headerPlace.capacity);
    if (!headerPlace.holds(length)) length = header_get(at, bytes, headerPlace.ptr, headerPlace.capacity);
    return length < 0 ? null : headerPlace.view(length).toString();
  }

  static set(name: string, value: string): bool {
    const nameAt = encodeFirst(name);
    const valueAt = encodeSecond(value);
    return header_set(nameAt, encodedLength(name), valueAt, encodedLength(value)) >= 0;
  }

  static remove(name: string): bool {
    return header_remove(encodeFirst(name), encodedLength(name)) >= 0;
  }
}

/** The request's body as it stands (body.read; changing it takes body.write). */
export class body {
  /** All of it, valid until the next `bytes`; null where there is none or Weir does not hold it. */
  static get bytes(): ByteView | null {
    bodyPlace.ready();
    let length = body_read(0, bodyPlace.ptr, bodyPlace.capacity);
    if (!bodyPlace.holds(length)) length = body_read(0, bodyPlace.ptr, bodyPlace.capacity);
    return length < 0 ? null : bodyPlace.view(length);
  }

  /** A value by JSON Pointer, `/metadata/user_id`: its JSON text, for a string its text. Null where there is none. */
  static query(pointer: string): string | null {
    const found = body.queryBytes(pointer);
    return found === null ? null : found.toString();
  }

  /** Valid until the next query. */
  static queryBytes(pointer: string): ByteView | null {
    const at = encodeFirst(pointer);
    const bytes = encodedLength(pointer);
    queryPlace.ready();
    let length = body_query(at, bytes, queryPlace.ptr, queryPlace.capacity);
    if (!queryPlace.holds(length)) length = body_query(at, bytes, queryPlace.ptr, queryPlace.capacity);
    return length < 0 ? null : queryPlace.view(length);
  }

  /** At most twice the original and 64 KiB. */
  static replace(bytes: ByteView): bool {
    return body_replace(bytes.ptr, bytes.length) >= 0;
  }
}
