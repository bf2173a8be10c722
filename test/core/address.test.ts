// Addresses of clients, as bytes from the socket or text from a proxy's header.
import { describe, expect, it } from 'vitest';
import { addressText } from '../../src/core/address.js';

describe('client addresses', () => {
  const mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 0, 2, 1];
  it.each([
    ['IPv4', [192, 0, 2, 1], '192.0.2.1'],
    [
      'IPv6, its longest run of zeros cut',
      [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1],
      '2001:db8::1:0:0:1',
    ],
    ['loopback', [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], '::1'],
    ['IPv4 inside IPv6', mapped, '192.0.2.1'],
    ['nothing', [], ''],
  ])('of bytes are spelled as usual: %s', (_, bytes, text) => {
    expect(addressText(Uint8Array.from(bytes))).toBe(text);
  });

  it('of bytes inside a larger buffer are read at their place', () => {
    expect(addressText(Uint8Array.from([9, 9, ...mapped]).subarray(2))).toBe('192.0.2.1');
  });

  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
    ['unknown', 'unknown'],
  ])('of text are kept or made usual: %s', (text, shown) => {
    expect(addressText(text)).toBe(shown);
  });
});
