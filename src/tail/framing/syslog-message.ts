/**
 * Removes the RFC 3164 header that nginx writes (`<PRI>Mmm dd hh:mm:ss host tag: `, the host left out with `nohostname`;
 * ngx_syslog_add_header) from a datagram. The rest is the line as nginx writes it to a file.
 */
const HEADER = /^<\d{1,3}>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d (?:[^ :]\S* )?\w{1,48}: /;
/** Longest header: PRI, time stamp, a host name of 255, a tag of 32. */
const HEADER_BYTES = 360;
const NEWLINE = 10;
const SPACE = 32;

/**
 * The message as one line ending in "\n". A newline inside becomes a space: one datagram is one line, or its sender
 * could forge others.
 */
export function syslogLine(datagram: Uint8Array): Uint8Array {
  const start = Buffer.from(datagram.buffer, datagram.byteOffset, Math.min(datagram.length, HEADER_BYTES));
  const header = HEADER.exec(start.toString('latin1'))?.[0].length ?? 0;
  let end = datagram.length;
  while (end > header && datagram[end - 1] === NEWLINE) end -= 1;
  const line = Buffer.alloc(end - header + 1);
  line.set(datagram.subarray(header, end));
  for (let at = line.indexOf(NEWLINE); at >= 0; at = line.indexOf(NEWLINE, at + 1)) line[at] = SPACE;
  line[line.length - 1] = NEWLINE;
  return line;
}
