/** Read buffers shared by all followers: as many exist as looks have ever run at once, mostly one. */
import { READ_BUFFER_BYTES } from './generation.ts';

const free: Buffer[] = [];

export function leaseReadBuffer(): Buffer {
  return free.pop() ?? Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
}

export function returnReadBuffer(buffer: Buffer): void {
  free.push(buffer);
}
