// IP addresses in their usual spelling (RFC 5952).
/** 4 bytes, 16 bytes or text → the usual spelling; IPv4 inside IPv6 (RFC 4291 §2.5.5.2) as IPv4; unknown: empty. */
export function addressText(address: Uint8Array | string): string {
  if (typeof address !== 'string') return addressOfBytes(address);
  if (!address.includes(':') || !URL.canParse(`http://[${address}]/`)) return address;
  return unmapped(canonicalIpv6(address));
}

function addressOfBytes(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length !== 16) return '';
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  const groups = Array.from({ length: 8 }, (_, i) => view.getUint16(i * 2).toString(16));
  return unmapped(canonicalIpv6(groups.join(':')));
}

/** RFC 5952 spelling: lower case, the longest run of zeros as `::`. The URL parser writes just that. */
function canonicalIpv6(address: string): string {
  return new URL(`http://[${address}]/`).hostname.slice(1, -1);
}

function unmapped(address: string): string {
  const match = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(address);
  if (match === null) return address;
  const high = Number.parseInt(match[1] ?? '', 16);
  const low = Number.parseInt(match[2] ?? '', 16);
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
