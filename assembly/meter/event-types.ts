// What the type of an event says, by its name: the kind of its text, that the stream is over, that something failed.
import { begins, equals } from './bytes';
import * as L from './layout';
import { current } from './slot';

/** Kind of a root `delta` under an event of this type; also notes closing events and errors. */
export function classifyType(from: usize, length: i32): i32 {
  // `.delta`: the frequent ones
  if (length > 6 && load<u32>(from + length - 4) == 0x61746c65 && load<u16>(from + length - 6) == 0x642e) {
    if (equals(from, length, 'response.output_text.delta')) return L.KIND_TEXT;
    if (begins(from, length, 'response.reasoning')) return L.KIND_REASONING;
    if (begins(from, length, 'response.refusal')) return L.KIND_REFUSAL;
    if (equals(from, length, 'response.audio.delta') || equals(from, length, 'response.output_audio.delta'))
      return L.KIND_NONE;
    if (
      begins(from, length, 'response.audio_transcript') ||
      begins(from, length, 'response.output_audio_transcript')
    )
      return L.KIND_TEXT;
    if (begins(from, length, 'response.')) return L.KIND_TOOL;
    return L.KIND_TEXT;
  }
  if (equals(from, length, 'response.output_item.done')) return L.KIND_ITEM_DONE;
  const slot = current();
  if (isClosing(from, length)) store<i32>(slot, load<i32>(slot, L.S_FLAGS) | L.FLAG_FINAL, L.S_FLAGS);
  else if (equals(from, length, 'error')) {
    store<i32>(slot, load<i32>(slot, L.S_FLAGS) | L.FLAG_ERROR, L.S_FLAGS);
    return L.KIND_NONE;
  } else if (equals(from, length, 'text-generation') || equals(from, length, 'message'))
    return L.KIND_UNKNOWN;
  return L.KIND_NONE;
}

function isClosing(from: usize, length: i32): bool {
  const c = length > 0 ? <i32>load<u8>(from) : 0;
  if (c == 0x6d) return equals(from, length, 'message_stop') || equals(from, length, 'message-end');
  if (c == 0x69)
    return equals(from, length, 'interaction.complete') || equals(from, length, 'interaction.completed');
  if (c == 0x74)
    return equals(from, length, 'thread.run.completed') || equals(from, length, 'transcript.text.done');
  if (c != 0x72) return false;
  return (
    equals(from, length, 'response.completed') ||
    equals(from, length, 'response.incomplete') ||
    equals(from, length, 'response.failed')
  );
}
