// Texts out of a guest's memory are what stands there now, also where another stood there before.
import { expect, it } from 'vitest';
import { GuestStrings } from '../../src/plugin/guest-strings.js';

it('a text is read anew when any of its bytes has changed', () => {
  const memory = Buffer.alloc(128, 'a');
  const view = new DataView(memory.buffer, memory.byteOffset, memory.length);
  const strings = new GuestStrings();
  for (let length = 0; length <= 40; length++) {
    for (let at = 3; at < 3 + length; at++) {
      expect(strings.read(memory, view, 3, length)).toBe('a'.repeat(length));
      memory[at] = 0x62;
      expect(strings.read(memory, view, 3, length)).toBe(memory.toString('utf8', 3, 3 + length));
      memory[at] = 0x61;
    }
    expect(strings.read(memory, view, 3, length)).toBe('a'.repeat(length));
  }
});

it('texts of the same slot do not take one another’s place', () => {
  const memory = Buffer.from('one|two|three|'.repeat(64));
  const view = new DataView(memory.buffer, memory.byteOffset, memory.length);
  const strings = new GuestStrings();
  for (let round = 0; round < 2; round++) {
    for (let at = 0; at < 700; at++) {
      const length = (at % 9) + 1;
      expect(strings.read(memory, view, at, length)).toBe(memory.toString('utf8', at, at + length));
    }
  }
});
