// Whose x-forwarded-for is believed. The list is read from its right end: each hop that is a trusted proxy vouches for
// the one before it; the first that is not is the client. Ranges are CIDR (RFC 4632, RFC 4291).
import { BlockList, isIP } from 'node:net';

export class TrustedProxies {
  readonly #ranges = new BlockList();
  readonly #any: boolean;

  constructor(ranges: readonly string[]) {
    this.#any = ranges.length > 0;
    for (const range of ranges) {
      const [address = '', bits] = range.split('/');
      const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
      this.#ranges.addSubnet(
        address,
        bits === undefined ? (family === 'ipv6' ? 128 : 32) : Number(bits),
        family,
      );
    }
  }

  /** The client's address behind trusted proxies as text, or null where the peer itself is the client. */
  clientOf(peer: string, forwardedFor: string): string | null {
    if (!this.#any || forwardedFor === '' || !this.#trusts(peer)) return null;
    const hops = forwardedFor.split(',').map(hop => hop.trim());
    for (let i = hops.length - 1; i >= 0; i--) {
      const hop = stripPort(hops[i] ?? '');
      if (isIP(hop) === 0) return null;
      if (i === 0 || !this.#trusts(hop)) return hop;
    }
    return null;
  }

  #trusts(address: string): boolean {
    const family = isIP(address);
    return family !== 0 && this.#ranges.check(address, family === 6 ? 'ipv6' : 'ipv4');
  }
}

/** `1.2.3.4:5` and `[::1]:5` without their port. */
function stripPort(hop: string): string {
  if (hop.startsWith('[')) return hop.slice(1, hop.indexOf(']') < 0 ? undefined : hop.indexOf(']'));
  const colon = hop.indexOf(':');
  return colon > 0 && hop.indexOf(':', colon + 1) < 0 ? hop.slice(0, colon) : hop;
}
