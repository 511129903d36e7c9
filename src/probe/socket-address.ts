/** Converts addresses of /proc/net/tcp and tcp6 to text. The kernel prints words in host byte order (little-endian here). */

/** `0100007F` → `127.0.0.1`; IPv6 shortened, an IPv4 address in IPv6 clothing as IPv4. */
function formatHexAddress(hex: string): string {
  const bytes: number[] = [];
  for (let word = 0; word < hex.length; word += 8) {
    for (let byte = 6; byte >= 0; byte -= 2) bytes.push(Number.parseInt(hex.slice(word + byte, word + byte + 2), 16));
  }
  if (bytes.length === 4) return bytes.join('.');
  const mapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  if (mapped) return bytes.slice(12).join('.');
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0)).toString(16),
  );
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

/** `127.0.0.1:80`, `[::1]:80`: the notation of `Listen.address` in the settings. */
export function formatEndpoint(hex: string, port: number): string {
  const address = formatHexAddress(hex);
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
