/**
 * The type of a batch of log lines: raw bytes, whole lines only. Bytes are not decoded, because only matching lines need
 * a string.
 */
export interface LineBatch {
  /** Name of the log: its path, `-`, or a syslog address. */
  readonly source: string;
  /** Identity of the file generation (`dev:ino:birthtime`), so that (generation, offset) is unique for a line. */
  readonly generation: string;
  /** Byte offset of `bytes[0]` in that generation. */
  readonly offset: number;
  /** True for the last batch of a log that is no longer written. */
  readonly isLast?: boolean;
  /** Whole lines, each ending in "\n". Valid during the call only: the buffer is reused. */
  readonly bytes: Uint8Array;
}
