// Addresses and ranges as text: what is loopback, what is a CIDR range, what is an origin.
import { isIP, isIPv4 } from 'node:net';

/** Whether only this machine can reach it. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  return isIPv4(host) && host.startsWith('127.');
}

/** An address, or an address with a prefix length; host bits may be set. */
export function isCidr(text: string): boolean {
  const slash = text.indexOf('/');
  const version = isIP(slash < 0 ? text : text.slice(0, slash));
  if (version === 0 || text.includes('%')) return false;
  if (slash < 0) return true;
  const prefix = text.slice(slash + 1);
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128);
}

/** `scheme://host[:port]` exactly as browsers send it. */
export function isOrigin(text: string): boolean {
  const url = parseUrl(text);
  return url !== null && url.origin === text && (url.protocol === 'https:' || url.protocol === 'http:');
}

export function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}
