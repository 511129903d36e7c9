/** A tar archive of entries that no tar would write: every field of a header can be anything. */
import { bytesOf } from './mutations.ts';

export interface TarEntry {
  readonly name: string;
  /** One character; `0` a file, `1` and `2` links, `5` a folder, `L` a long name, `x` and `g` pax headers, `S` sparse. */
  readonly type: string;
  readonly text: string;
  /** As it stands in the header, instead of the length of the text. */
  readonly size?: string;
  readonly linkName?: string;
  /** A wrong checksum makes a damaged archive. */
  readonly hasChecksum: boolean;
}

const BLOCK = 512;

function put(header: Buffer, text: string, at: number, length: number): void {
  bytesOf(text).copy(header, at, 0, length);
}

function headerOf({ name, type, text, size, linkName = '', hasChecksum }: TarEntry): Buffer {
  const header = Buffer.alloc(BLOCK);
  put(header, name, 0, 100);
  put(header, '0000644\0', 100, 8);
  put(header, '0000000\0', 108, 8);
  put(header, '0000000\0', 116, 8);
  put(header, size ?? `${bytesOf(text).length.toString(8).padStart(11, '0')}\0`, 124, 12);
  put(header, '00000000000\0', 136, 12);
  put(header, type, 156, 1);
  put(header, linkName, 157, 100);
  put(header, 'ustar\x0000', 257, 8);
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  if (hasChecksum) put(header, `${sum.toString(8).padStart(6, '0')}\0 `, 148, 8);
  return header;
}

export function tarOf(entries: readonly TarEntry[]): Buffer {
  const parts = entries.flatMap((entry) => {
    const content = bytesOf(entry.text);
    return [headerOf(entry), content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}
