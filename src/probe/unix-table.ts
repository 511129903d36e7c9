/** /proc/net/unix: `Num RefCount Protocol Flags Type St Inode Path` (net/unix/af_unix.c unix_seq_show). */

export interface UnixRow {
  readonly inode: number;
  readonly listening: boolean;
  /** Embryo in a listener's queue: connected by the client, not accepted yet. It carries the listener's path. */
  readonly queued: boolean;
  readonly connected: boolean;
  readonly datagram: boolean;
  /** Null for an unnamed socket. */
  readonly path: string | null;
}

/** __SO_ACCEPTCON in the flags. */
const LISTENING = 0x10000;

export function parseUnixTable(text: string): UnixRow[] {
  const rows: UnixRow[] = [];
  for (const line of text.split('\n')) {
    const found = /^[0-9a-fA-F]+: \S+ \S+ ([0-9A-F]+) ([0-9A-F]+) ([0-9A-F]+)\s+(\d+)(?: (.*))?$/.exec(line);
    if (found === null) continue;
    const [, flags = '0', type = '', state = '', inode = '0', path] = found;
    rows.push({
      inode: Number(inode),
      listening: (Number.parseInt(flags, 16) & LISTENING) !== 0,
      queued: state === '02',
      connected: state === '03',
      datagram: type === '0002',
      path: path === undefined ? null : path,
    });
  }
  return rows;
}
