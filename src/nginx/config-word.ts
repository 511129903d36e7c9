/** Quotes one argument of a directive so that nginx reads exactly this text (ngx_conf_read_token). */

/** Needs no quotes: no space, quote, semicolon, brace or backslash, and no comment sign where a word begins. */
const PLAIN = /^[^\s"'\\;{}#][^\s"'\\;{}]*$/;

export function configWord(text: string): string {
  return PLAIN.test(text) ? text : `"${text.replaceAll(/[\\"]/g, '\\$&')}"`;
}
