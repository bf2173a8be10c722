// Whose word on the client's address is believed.
import { describe, expect, it } from 'vitest';
import { TrustedProxies } from '../../src/route/trusted-proxies.js';

const PROXIES = new TrustedProxies(['10.0.0.0/8', '192.0.2.7', '2001:db8:1::/48', '::1']);

describe('x-forwarded-for', () => {
  it.each<[string, string, string, string | null]>([
    ['a stranger’s is ignored', '203.0.113.1', '198.51.100.1', null],
    ['a trusted proxy’s is believed', '10.1.2.3', '198.51.100.1', '198.51.100.1'],
    ['a bare address is its own range', '192.0.2.7', '198.51.100.1', '198.51.100.1'],
    ['and no other', '192.0.2.8', '198.51.100.1', null],
    ['IPv6 ranges too', '2001:db8:1::5', '198.51.100.1', '198.51.100.1'],
    ['and no others', '2001:db8:2::5', '198.51.100.1', null],
    ['nothing is nothing', '10.1.2.3', '', null],
    ['the last stranger is the client', '10.1.2.3', '1.1.1.1, 198.51.100.1', '198.51.100.1'],
    [
      'trusted hops vouch for those before',
      '10.1.2.3',
      '1.1.1.1,198.51.100.1 ,10.9.9.9,192.0.2.7',
      '198.51.100.1',
    ],
    ['all trusted: the first', '10.1.2.3', '10.0.0.1, 10.0.0.2', '10.0.0.1'],
    ['a forged beginning changes nothing', '10.1.2.3', 'x, , 127.0.0.1, 198.51.100.1', '198.51.100.1'],
    ['a port is no part of it', '10.1.2.3', '198.51.100.1:8080', '198.51.100.1'],
    ['nor are brackets', '10.1.2.3', '[2001:db8:9::1]:443', '2001:db8:9::1'],
    ['nor brackets alone', '10.1.2.3', '[2001:db8:9::1]', '2001:db8:9::1'],
    ['IPv6 needs none', '10.1.2.3', '2001:db8:9::1', '2001:db8:9::1'],
    ['IPv4 inside IPv6 is IPv4', '10.1.2.3', '198.51.100.1, ::ffff:10.0.0.9', '198.51.100.1'],
    ['a word that is no address ends it', '10.1.2.3', 'unknown', null],
    ['also behind a trusted hop', '10.1.2.3', '198.51.100.1, _hidden, 10.0.0.1', null],
    ['an empty hop ends it', '10.1.2.3', '198.51.100.1,', null],
    ['an open bracket ends it', '10.1.2.3', '[2001:db8::1', '2001:db8::1'],
    ['a peer that is no address is nobody', '', '198.51.100.1', null],
  ])('%s', (_, peer, forwardedFor, client) => {
    expect(PROXIES.clientOf(peer, forwardedFor)).toBe(client);
  });

  it('is never believed where nobody is trusted', () => {
    expect(new TrustedProxies([]).clientOf('10.1.2.3', '198.51.100.1')).toBeNull();
  });

  it('is believed of everybody where everybody is trusted', () => {
    const all = new TrustedProxies(['0.0.0.0/0', '::/0']);
    expect(all.clientOf('203.0.113.1', '198.51.100.1, 203.0.113.5')).toBe('198.51.100.1');
    expect(all.clientOf('2001:db8::1', '198.51.100.1')).toBe('198.51.100.1');
  });
});
