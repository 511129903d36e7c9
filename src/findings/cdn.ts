/**
 * Addresses that are never a visitor's: a content delivery network's own, as it publishes them. A limit keyed on one of
 * these is shared by everybody who is served through it (https://www.cloudflare.com/ips/).
 */

const CLOUDFLARE_V4: readonly (readonly [string, number])[] = [
  ['173.245.48.0', 20],
  ['103.21.244.0', 22],
  ['103.22.200.0', 22],
  ['103.31.4.0', 22],
  ['141.101.64.0', 18],
  ['108.162.192.0', 18],
  ['190.93.240.0', 20],
  ['188.114.96.0', 20],
  ['197.234.240.0', 22],
  ['198.41.128.0', 17],
  ['162.158.0.0', 15],
  ['104.16.0.0', 13],
  ['104.24.0.0', 14],
  ['172.64.0.0', 13],
  ['131.0.72.0', 22],
];
const CLOUDFLARE_V6 = /^(?:2400:cb00|2606:4700|2803:f800|2405:b500|2405:8100|2a06:98c[0-7]|2c0f:f248):/i;

function toNumber(address: string): number | null {
  const parts = address.split('.').map(Number);
  const isAddress = parts.length === 4 && parts.every((part) => Number.isInteger(part) && part >= 0 && part <= 255);
  return isAddress ? parts.reduce((number, part) => number * 256 + part, 0) : null;
}

/** Whether the address is one of Cloudflare's, which all of its visitors share. */
export function isCloudflare(address: string): boolean {
  if (CLOUDFLARE_V6.test(address)) return true;
  const number = toNumber(address);
  if (number === null) return false;
  return CLOUDFLARE_V4.some(([base, bits]) => {
    const size = 2 ** (32 - bits);
    return Math.floor(number / size) === Math.floor((toNumber(base) ?? 0) / size);
  });
}
