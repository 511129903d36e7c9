/**
 * Redacts access-log lines: figures, times, statuses and addresses stay, text of clients goes, a request becomes its method
 * and a number. A line is parsed by its format from left to right, each byte once.
 */
import { compileLogFormat, type FormatPart } from './log-format.ts';
import type { Names } from './plain-name.ts';
import { printedPart } from './printed-words.ts';
import { type PathNumbers, redactedPath, redactedRequest } from './redacted-request.ts';
import { HIDDEN_TEXT } from './redacted-text.ts';

const FIGURES =
  /^(?:status|body_bytes_sent|bytes_sent|bytes_received|request_length|request_time|session_time|msec|connection(?:_requests|_time)?|pid|gzip_ratio|(?:server|remote|realip_remote)_port|upstream_(?:connect|header|response|first_byte|session|queue)_time|upstream_status|upstream_bytes_(?:sent|received)|upstream_response_length|tcpinfo_\w{1,16})$/;
const FIGURE = /^[\d., :;-]{0,256}$/;
const WORDS =
  /^(?:scheme|server_protocol|ssl_protocol|ssl_cipher|https|http2|http3|pipe|request_completion|upstream_cache_status|protocol)$/;
const WORD = /^[A-Za-z][\w./-]{0,40}$|^[.-]?$/;
const TIMES: Readonly<Record<string, RegExp>> = {
  time_local: /^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}$/,
  time_iso8601: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/,
};
const ADDRESSES =
  /^(?:(?:realip_)?remote_addr|server_addr|upstream_addr|http_x_forwarded_for|http_x_real_ip|proxy_protocol_addr|proxy_add_x_forwarded_for)$/;
const ADDRESS = /^[\da-f.:[\], -]{0,512}$/i;
const PEERS = /^[\w.:[\]/, -]{0,1024}$/;
const SERVER = /^[\w.*-]{0,253}$/;
const ANY_TIME = /\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d/;

export interface LineContext {
  readonly numbers: PathNumbers;
  readonly names: Names;
}

function redactedVariable(name: string, value: string, { numbers, names }: LineContext): string {
  if (value === '' || value === '-') return value;
  const keep = (shape: RegExp, shown = value): string => (shape.test(value) ? shown : HIDDEN_TEXT);
  const time = TIMES[name];
  if (time !== undefined) return keep(time);
  if (FIGURES.test(name)) return keep(FIGURE);
  if (WORDS.test(name)) return keep(WORD);
  if (name === 'upstream_addr') return keep(PEERS, names.masked(value));
  if (ADDRESSES.test(name)) return keep(ADDRESS);
  if (name === 'server_name') return keep(SERVER, names.masked(value));
  if (name === 'request') return redactedRequest(value, numbers);
  if (name === 'request_method') return redactedRequest(`${value} /`, numbers).split(' ')[0] ?? HIDDEN_TEXT;
  if (/^(?:request_uri|document_uri|uri)$/.test(name)) return redactedPath(value, numbers);
  return HIDDEN_TEXT;
}

/** The parts of a line: literals as they are printed, and what was between them. Null when the line does not fit. */
function take(parts: readonly FormatPart[], line: string, context: LineContext): string | null {
  let at = 0;
  let shown = '';
  for (const [i, part] of parts.entries()) {
    if (part.kind === 'literal') {
      if (!line.startsWith(part.text, at)) return null;
      at += part.text.length;
      const printed = printedPart(part);
      shown += printed.kind === 'literal' ? printed.text : '';
      continue;
    }
    const next = parts[i + 1];
    // Two variables without a separator cannot be split.
    const end = next === undefined ? line.length : next.kind === 'literal' ? line.indexOf(next.text, at) : -1;
    if (end < 0) return `${shown}${HIDDEN_TEXT}`;
    shown += redactedVariable(part.name, line.slice(at, end), context);
    at = end;
  }
  return at < line.length ? `${shown}${HIDDEN_TEXT}` : shown;
}

/** A redactor of whole lines, without their newline. Of a line that does not fit its format only the time stays. */
export function createAccessRedactor(format: string, context: LineContext): (line: string) => string {
  const parts = compileLogFormat(format);
  return (line) => {
    const shown = take(parts, line, context);
    if (shown !== null) return shown;
    const time = ANY_TIME.exec(line.slice(0, 1024))?.[0];
    return time === undefined ? HIDDEN_TEXT : `[${time}] ${HIDDEN_TEXT}`;
  };
}
