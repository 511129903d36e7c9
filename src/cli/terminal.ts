/**
 * Escapes control characters of logs and configurations before they reach a terminal. Escape sequences can rewrite the
 * screen or imitate typed input (CVE-2003-0063); bidirectional controls reorder the text (CVE-2021-42574). Pipes and
 * files get the bytes unchanged.
 */

import { Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** C0 except tab and newline, DEL, C1, invisible format characters (bidi, zero width, tags), line separators. */
const CONTROLS = /(?![\t\n])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

function escaped(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`;
}

/** Replaces control characters with escapes such as `\x1b`. */
export function withoutControls(text: string): string {
  return text.replace(CONTROLS, escaped);
}

export interface Output extends Writable {
  readonly isTTY?: boolean;
}

/**
 * Returns `target` when it is no terminal, else a stream that escapes control characters. Bytes that are no UTF-8
 * become U+FFFD: 0x9b alone starts an escape sequence in an 8-bit terminal.
 */
export function guarded(target: Output): Output {
  if (target.isTTY !== true) return target;
  const decoder = new StringDecoder('utf8');
  const guard = new Writable({
    // The target emits its own error event, so this stream does not repeat it.
    write(chunk: Buffer, _encoding, done) {
      target.write(withoutControls(decoder.write(chunk)), () => done());
    },
    final(done) {
      target.write(decoder.end(), () => done());
    },
  });
  return Object.assign(guard, { isTTY: true });
}
