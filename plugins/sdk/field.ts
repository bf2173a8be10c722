// The fields of a request and its answer by their ids (docs/plugins.md), and how they are read.
import { encodedLength, encodeFirst, Place } from './place';
import { field_i64, field_str, tag_get } from './weir';

export const enum Field {
  PROVIDER = 1,
  API = 2,
  MODEL = 3,
  MODEL_SERVED = 4,
  CONSUMER = 5,
  KEY = 6,
  END_USER = 7,
  METHOD = 8,
  PATH = 9,
  CLIENT_IP = 10,
  REQUEST_ID = 11,
  FINISH_REASON = 12,
  EVENT_KIND = 13,
  STREAM = 32,
  INPUT_TOKENS = 33,
  MAX_OUTPUT_TOKENS = 34,
  TOOLS = 35,
  OPAQUE_PARTS = 36,
  STATUS = 37,
  EVENT_INDEX = 38,
  CHOICE = 39,
  OUTPUT_TOKENS = 40,
  CACHED_INPUT_TOKENS = 41,
  CACHE_WRITE_TOKENS = 42,
  REASONING_TOKENS = 43,
}

const FIRST_BYTES = 256;
const place = new Place(FIRST_BYTES);

/** '' where it is absent or unknown. */
export function textField(id: Field): string {
  place.ready();
  let length = field_str(id, place.ptr, place.capacity);
  if (!place.holds(length)) length = field_str(id, place.ptr, place.capacity);
  return place.view(length).toString();
}

/** -1 where it is absent or unknown: none of these numbers is below 0. */
export function numberField(id: Field): i64 {
  const value = field_i64(id);
  return value == i64.MIN_VALUE ? -1 : value;
}

/** A tag of the consumer or the request; '' where there is none. */
export function tagField(name: string): string {
  const at = encodeFirst(name);
  const bytes = encodedLength(name);
  place.ready();
  let length = tag_get(at, bytes, place.ptr, place.capacity);
  if (!place.holds(length)) length = tag_get(at, bytes, place.ptr, place.capacity);
  return place.view(length).toString();
}
