/** Plans how a line of a log_format is read: the bytes that delimit each field, and which fields are needed. */
import { compileLogFormat, type FormatPart } from '../nginx/log-format.ts';

/** The fields that the reader uses, as nginx variables. */
export const WANTED = [
  'remote_addr',
  'status',
  'request_time',
  'upstream_addr',
  'upstream_status',
  'upstream_connect_time',
  'upstream_header_time',
  'upstream_response_time',
] as const;
export type WantedField = (typeof WANTED)[number];

export type Step =
  | { readonly kind: 'literal'; readonly text: string }
  /** A time stamp like `sample`: its digits are any digits, its punctuation is at the same place. */
  | { readonly kind: 'stamp'; readonly sample: string }
  /** Digits, dots and dashes. `field` is parsed as a number unless it is null. */
  | { readonly kind: 'number'; readonly field: WantedField | null }
  /** Text up to `until`, or up to the end of the line when that is empty. `list`: it may contain `, ` and ` : `. */
  | { readonly kind: 'text'; readonly field: WantedField | null; readonly until: string; readonly list: boolean };

export type Escape = 'default' | 'json' | 'none';

/** Variables with a fixed form (ngx_http_log_module.c). */
const STAMPS: Readonly<Record<string, string>> = {
  time_local: '21/Nov/2026:05:23:42 +0000',
  time_iso8601: '2026-11-21T05:23:42+00:00',
};
const NUMBERS =
  /^(status|request_time|body_bytes_sent|bytes_sent|request_length|msec|connection|connection_requests|connection_time|pid|remote_port|server_port|gzip_ratio)$/;

type Raw = { readonly kind: 'literal'; readonly text: string } | { readonly kind: 'variable'; readonly name: string };

const isWanted = (name: string): name is WantedField => (WANTED as readonly string[]).includes(name);
const plain = (part: Raw | undefined): boolean =>
  part?.kind === 'variable' && !isWanted(part.name) && STAMPS[part.name] === undefined && !NUMBERS.test(part.name);

/**
 * Joins adjacent unwanted variables into one part. Inside quotes, nginx escapes each quote, so the joined part ends at the
 * closing quote even if a decoded `$uri` contains spaces.
 */
function joinUnwanted(parts: readonly FormatPart[], escaping: Escape): readonly Raw[] {
  const joined: Raw[] = [];
  let quotes = 0;
  for (const part of parts) {
    const last = joined.at(-1);
    const quoted = escaping !== 'none' && quotes % 2 === 1;
    if (part.kind === 'literal') {
      const close = part.text.indexOf('"');
      const swallow = quoted && plain(last);
      const text = swallow ? (close < 0 ? '' : part.text.slice(close)) : part.text;
      if (text !== '') joined.push({ kind: 'literal', text });
      quotes += part.text.split('"').length - 1;
    } else if (!plain(last) || !plain(part)) joined.push(part);
  }
  return joined;
}

/**
 * A step for each part up to the last wanted field; fields without a delimiter end the plan early. A format with a
 * line break in it makes two lines of a request: the first is read.
 */
export function planLine(format: string, escaping: Escape): readonly Step[] {
  const [line = ''] = format.split('\n', 1);
  const parts = joinUnwanted(compileLogFormat(line), escaping);
  const last = parts.findLastIndex((part) => part.kind === 'variable' && isWanted(part.name));
  const steps: Step[] = [];
  for (const [i, part] of parts.entries()) {
    if (i > last + 1) break;
    if (part.kind === 'literal') {
      steps.push(part);
      continue;
    }
    const next = parts[i + 1];
    const field = isWanted(part.name) ? part.name : null;
    const stamp = STAMPS[part.name];
    if (stamp !== undefined) steps.push({ kind: 'stamp', sample: stamp });
    else if (NUMBERS.test(part.name)) steps.push({ kind: 'number', field });
    else if (next?.kind === 'variable') break;
    else steps.push({ kind: 'text', field, until: next?.text ?? '', list: part.name.startsWith('upstream_') });
  }
  return steps;
}

/** The wanted fields that the plan reads. */
export function fieldsOf(steps: readonly Step[]): ReadonlySet<WantedField> {
  return new Set(steps.flatMap((step) => ('field' in step && step.field !== null ? [step.field] : [])));
}
