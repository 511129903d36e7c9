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

export function* unixRows(text: string): Generator<UnixRow> {
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    const found = /^\S+: \S+ \S+ ([0-9A-F]+) ([0-9A-F]+) ([0-9A-F]+)\s+(\d+)(?: (.*))?$/.exec(text.slice(start, end));
    start = end + 1;
    if (found === null) continue;
    const [, flags = '0', type, state, inode, path = null] = found;
    yield {
      inode: Number(inode),
      listening: (Number.parseInt(flags, 16) & LISTENING) !== 0,
      queued: state === '02',
      connected: state === '03',
      datagram: type === '0002',
      path,
    };
  }
}
