import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatEndpoint } from '../../src/probe/socket-address.ts';
import { createSocketTableReader, keyOfRemote } from '../../src/probe/tcp-table.ts';

/** Recorded on Linux 6.18 (trailing columns as printed). */
const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     
   0: 0100007F:46A8 00000000:0000 0A 00000000:00000011 00:00000000 00000000     0        0 17344 1 0000000000000000 100 0 0 10 0                     
   1: 0100007F:46A8 0100007F:D3A2 01 0000A000:00000005 01:00000014 00000000    33        0 4294967295 1 0000000000000000 20 4 30 10 -1                    
10002: 0100007F:D3A2 0100007F:46A8 06 00000000:00000000 03:0000176F 00000000     0        0 0 3 0000000000000000                                      
`;
const TCP6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 511 1 0000000000000000 100 0 0 10 0
   1: 0000000000000000FFFF00000100007F:0050 0000000000000000FFFF00000200007F:C001 01 00000000:00000000 00:00000000 00000000     0        0 512 1 0000000000000000 100 0 0 10 0
   2: B80D0120000000000000000001000000:01BB B80D0120000000000000000002000000:C002 08 00000000:00000001 00:00000000 00000000     0        0 513 1 0000000000000000 100 0 0 10 0
`;

function read(table: string, cuts: readonly number[] = []): unknown[] {
  const rows: unknown[] = [];
  const take = createSocketTableReader((row) => {
    const { state, localPort, remotePort, sendQueue, receiveQueue, inode } = row;
    const key = row.remoteKey();
    const local = formatEndpoint(row.localHex(), localPort);
    const remote = formatEndpoint(key.slice(0, -5), remotePort);
    expect(keyOfRemote(row.remoteId())).toBe(key);
    rows.push({ state, local, remote, sendQueue, receiveQueue, inode });
    return true;
  });
  const bytes = Buffer.from(table);
  const ends = [...new Set(cuts.map((cut) => cut % bytes.length)), bytes.length].sort((a, b) => a - b);
  let start = 0;
  for (const end of ends) {
    take(bytes.subarray(start, end));
    start = end;
  }
  return rows;
}

describe('the socket table of the kernel', () => {
  it('gives addresses, queues, state and inode of each row', () => {
    expect(read(TCP)).toEqual([
      { state: 10, local: '127.0.0.1:18088', remote: '0.0.0.0:0', sendQueue: 0, receiveQueue: 17, inode: 17344 },
      {
        state: 1,
        local: '127.0.0.1:18088',
        remote: '127.0.0.1:54178',
        sendQueue: 40960,
        receiveQueue: 5,
        inode: 4294967295,
      },
      { state: 6, local: '127.0.0.1:54178', remote: '127.0.0.1:18088', sendQueue: 0, receiveQueue: 0, inode: 0 },
    ]);
  });

  it('reads IPv6 and shows an IPv4 peer of a dual-stack listener as IPv4', () => {
    expect(read(TCP6)).toEqual([
      { state: 10, local: '[::]:80', remote: '[::]:0', sendQueue: 0, receiveQueue: 0, inode: 511 },
      { state: 1, local: '127.0.0.1:80', remote: '127.0.0.2:49153', sendQueue: 0, receiveQueue: 0, inode: 512 },
      {
        state: 8,
        local: '[2001:db8::1]:443',
        remote: '[2001:db8::2]:49154',
        sendQueue: 0,
        receiveQueue: 1,
        inode: 513,
      },
    ]);
  });

  it('gives the same rows however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat()), (cuts) => {
        expect(read(TCP, cuts)).toEqual(read(TCP));
        expect(read(TCP6, cuts)).toEqual(read(TCP6));
      }),
      { numRuns: 200 },
    );
  });

  it('reads a piece of any size', () => {
    const [heading = '', ...rows] = TCP.trimEnd().split('\n');
    const long = `${[heading, ...Array.from({ length: 200 }, () => rows).flat()].join('\n')}\n`;
    expect(long.length).toBeGreaterThan(16_384);
    expect(read(long).length).toBe(200 * rows.length);
    expect(read(long, [long.length - 100])).toEqual(read(long));
  });

  it('stops as soon as a reader has seen enough', () => {
    let seen = 0;
    const take = createSocketTableReader(() => {
      seen += 1;
      return false;
    });
    expect(take(Buffer.from(TCP))).toBe(false);
    expect(seen).toBe(1);
  });
});
