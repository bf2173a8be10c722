// The slot of the stream that is being read now: everything the meter knows of one stream lives in it.
import { SLOT_BYTES, SLOTS } from './layout';

let slot: usize = SLOTS;

export function select(index: i32): usize {
  slot = SLOTS + <usize>index * <usize>SLOT_BYTES;
  return slot;
}

export function current(): usize {
  return slot;
}
