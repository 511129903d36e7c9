/** Names incidents: the fingerprint under which equal problems are one incident, and an id that sorts by time. */

/** At most one incident is open for each fingerprint. */
export function fingerprint(host: string, cause: string): string {
  return `${host}\u0000${cause}`;
}

/** FNV-1a, 32 bits: short and stable. Not a secret. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 0x01000193);
  return (value >>> 0).toString(36).padStart(7, '0');
}

/** `inc-<openedAt base36>-<hash>`. */
export function incidentId(host: string, cause: string, openedAt: number): string {
  return `inc-${openedAt.toString(36).padStart(9, '0')}-${hash(fingerprint(host, cause))}`;
}
