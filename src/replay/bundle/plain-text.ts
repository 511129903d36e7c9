/**
 * Decodes text files of Windows: removes the byte-order mark, and converts UTF-16 of PowerShell. Passes everything else
 * unchanged.
 */

import { TextDecoder } from 'node:util';

const UTF8_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const UTF16: readonly (readonly [Buffer, string])[] = [
  [Buffer.from([0xff, 0xfe]), 'utf-16le'],
  [Buffer.from([0xfe, 0xff]), 'utf-16be'],
];

/** The chunks of a file without its mark, as UTF-8 when the mark says UTF-16. */
export async function* plainText(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let decoder: TextDecoder | null = null;
  let first = true;
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (first) {
      first = false;
      const encoding = UTF16.find(([mark]) => bytes.subarray(0, mark.length).equals(mark))?.[1];
      if (encoding !== undefined) decoder = new TextDecoder(encoding);
      else if (bytes.subarray(0, UTF8_MARK.length).equals(UTF8_MARK)) {
        yield bytes.subarray(UTF8_MARK.length);
        continue;
      }
    }
    yield decoder === null ? chunk : Buffer.from(decoder.decode(bytes, { stream: true }));
  }
}
