/**
 * Replaces public addresses in a bundle by addresses from the ranges for benchmarks and documentation. Each address has
 * one replacement throughout a bundle, so that clients remain distinguishable.
 */
import { isIPv4, isIPv6 } from 'node:net';

/** Loopback, private and link-local addresses identify no person, and they distinguish a proxy from the internet. */
const OWN_V4 = /^(?:0|10|127|169\.254|192\.168|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./;
const OWN_V6 = /^(?:::1?$|f[cd]|fe[89ab])/i;
/** `Chrome/126.0.0.0` is a version; `http://192.0.2.1` is an address. */
const V4 = /(?<!\w\/|[\w.-])\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\w-]|\.\d)/g;
const V6 = /(?<![\w:.])(?:[\da-f]{0,4}:){2,7}[\da-f]{0,4}(?![\w:.])/gi;

const v4 = (n: number): string => `198.${18 + ((n >> 16) & 1)}.${(n >> 8) & 255}.${n & 255}`;
const v6 = (n: number): string => `2001:db8::${n.toString(16)}`;

/**
 * `kept`: configured addresses, which nginx.conf shows anyway. `isShared` recognises addresses of many people, such as
 * those of a CDN.
 */
export function createPseudonyms(
  kept: ReadonlySet<string>,
  isShared: (address: string) => boolean = () => false,
): (text: string) => string {
  const known = new Map<string, string>();
  const standIn = (address: string, isOwn: boolean, write: (n: number) => string): string => {
    if (isOwn || kept.has(address) || isShared(address)) return address;
    const found = known.get(address) ?? write(known.size + 1);
    known.set(address, found);
    return found;
  };
  return (text) =>
    text
      .replace(V6, (address) => (isIPv6(address) ? standIn(address, OWN_V6.test(address), v6) : address))
      .replace(V4, (address) => (isIPv4(address) ? standIn(address, OWN_V4.test(address), v4) : address));
}

/** Every address in a text. */
export function addressesIn(text: string): ReadonlySet<string> {
  const all = [...(text.match(V4) ?? []), ...(text.match(V6) ?? [])];
  return new Set(all.filter((address) => isIPv4(address) || isIPv6(address)));
}
