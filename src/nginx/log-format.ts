/** The text of a `log_format` as the literal and variable parts it is written from (ngx_http_log_compile_format). */

export const COMBINED_FORMAT =
  '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"';

export type FormatPart =
  | { readonly kind: 'literal'; readonly text: string }
  /** `name` without dollar and braces. */
  | { readonly kind: 'variable'; readonly name: string };

const PART = /\$(?:\{(\w+)\}|(\w+))|[^$]+|\$/g;

/** Neighbouring literals are joined; a lone `$`, which nginx refuses, is taken literally. */
export function compileLogFormat(text: string): readonly FormatPart[] {
  const parts: FormatPart[] = [];
  for (const [part, braced, bare] of text.matchAll(PART)) {
    const name = braced ?? bare;
    const last = parts.at(-1);
    if (name !== undefined) parts.push({ kind: 'variable', name });
    else if (last?.kind === 'literal') parts[parts.length - 1] = { kind: 'literal', text: last.text + part };
    else parts.push({ kind: 'literal', text: part });
  }
  return parts;
}
