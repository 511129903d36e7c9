/** The ledger fed with rows as the kernel prints them. */
import { describe, expect, it } from 'vitest';
import type { Descriptors } from '../../src/probe/descriptors.ts';
import { SocketLedger } from '../../src/probe/socket-ledger.ts';
import { createSocketTableReader } from '../../src/probe/tcp-table.ts';
import { createUnixTableReader } from '../../src/probe/unix-table.ts';

const HERE = '0100007F';
const THERE = '0200007F';

interface Row {
  readonly local: string;
  readonly remote: string;
  readonly state: string;
  readonly inode: number;
  readonly queues?: string;
}

function table(rows: readonly Row[]): Buffer {
  const lines = rows.map(
    ({ local, remote, state, inode, queues = '00000000:00000000' }, index) =>
      `${String(index).padStart(4)}: ${local} ${remote} ${state} ${queues} 00:00000000 00000000     0        0 ${inode} 1 x`,
  );
  return Buffer.from(`  sl  local_address\n${lines.join('\n')}\n`);
}

function descriptors(socketInodes: readonly number[], over: Partial<Descriptors> = {}): Descriptors {
  const total = socketInodes.length;
  return { total, complete: true, socketInodes, spreadInodes: [], spreadWeight: 0, ...over };
}

/** nginx on port 80 (inode 1) with a channel (inode 2). */
function ledger(): SocketLedger {
  return new SocketLedger(new Set([1, 2]), { resolverPorts: new Set([53]), unixUpstream: 'unix:/run/app.sock' });
}

const LISTEN: Row = { local: `${HERE}:0050`, remote: '00000000:0000', state: '0A', inode: 1 };

function feed(book: SocketLedger, rows: readonly Row[], kind: 'addTcp' | 'addUdp' = 'addTcp'): void {
  createSocketTableReader((row) => {
    book[kind](row);
    return true;
  })(table(rows));
}

/** `flags type state inode path` of each row, as in /proc/net/unix. */
function feedUnix(book: SocketLedger, ...rows: readonly string[]): void {
  const text = rows.map((row) => `0000000000000000: 00000003 00000000 ${row}\n`).join('');
  createUnixTableReader((row) => book.addUnix(row))(Buffer.from(text));
}

describe('the slot ledger', () => {
  it('sorts every socket of a worker', () => {
    const book = ledger();
    book.addWorker(7, descriptors([1, 2, 10, 11, 12, 13, 14, 15, 16]));
    feed(book, [
      LISTEN,
      { local: `${HERE}:0050`, remote: `${THERE}:C001`, state: '01', inode: 10, queues: '00000005:00000000' },
      { local: `${HERE}:0050`, remote: `${THERE}:C002`, state: '01', inode: 11, queues: '00000000:00000007' },
      { local: `${HERE}:C003`, remote: `${THERE}:2328`, state: '02', inode: 12 },
      { local: `${HERE}:C004`, remote: `${THERE}:2328`, state: '08', inode: 13 },
    ]);
    feed(book, [{ local: `${HERE}:C005`, remote: `${THERE}:0035`, state: '01', inode: 14 }], 'addUdp');
    feedUnix(book, '00000000 0001 03    15');
    expect(book.workers()).toEqual([
      {
        pid: 7,
        sampled: false,
        client: 2,
        upstream: 3,
        listening: 1,
        channel: 1,
        resolver: 1,
        unexplained: 1,
        clientSendQueued: 1,
        clientRecvQueued: 1,
        clientRecentlyReceived: null,
        upstreamSilent: null,
        clientUnanswered: null,
        clientUnansweredBodies: null,
        upstreamAwaiting: null,
        upstreamConnecting: 1,
        upstreamCloseWait: 1,
        topClients: [{ address: '127.0.0.2', sockets: 2 }],
        topUpstreams: [
          { address: '127.0.0.2:9000', sockets: 2 },
          { address: 'unix:/run/app.sock', sockets: 1 },
        ],
      },
    ]);
  });

  it('takes unix connections at a path that nginx listens on for clients, wherever the listener is in the table', () => {
    const book = ledger();
    book.addWorker(7, descriptors([1, 10, 11, 12]));
    feedUnix(
      book,
      '00000000 0001 03    10 /run/nginx.sock',
      '00000000 0001 03    11 /run/other.sock',
      '00000000 0002 01    12',
      '00010000 0001 01     1 /run/nginx.sock',
    );
    expect(book.workers()).toMatchObject([{ client: 1, upstream: 1, channel: 1, listening: 1, unexplained: 0 }]);
  });

  it('takes a connection of nginx to itself as upstream on one end and client on the other', () => {
    const book = ledger();
    book.addWorker(7, descriptors([1, 10, 11]));
    feed(book, [
      LISTEN,
      { local: `${HERE}:C001`, remote: `${HERE}:0050`, state: '01', inode: 10 },
      { local: `${HERE}:0050`, remote: `${HERE}:C001`, state: '01', inode: 11 },
    ]);
    expect(book.workers()).toMatchObject([{ client: 1, upstream: 1, topUpstreams: [{ address: '127.0.0.1:80' }] }]);
    expect(book.peers()).toEqual([{ peer: '127.0.0.1:80', timeWait: 0, inUse: 1 }]);
  });

  it('counts ports in use and in TIME_WAIT towards each peer, but not those of clients on this host', () => {
    const book = ledger();
    book.addWorker(7, descriptors([1]));
    feed(book, [
      LISTEN,
      { local: `${HERE}:C001`, remote: `${THERE}:2328`, state: '06', inode: 0 },
      { local: `${HERE}:C002`, remote: `${THERE}:2328`, state: '06', inode: 0 },
      { local: `${HERE}:C003`, remote: `${THERE}:2328`, state: '01', inode: 99 },
      { local: `${HERE}:C004`, remote: `${HERE}:0050`, state: '06', inode: 0 },
      { local: `${HERE}:0050`, remote: `${THERE}:C005`, state: '06', inode: 0 },
    ]);
    expect(book.peers()).toEqual([{ peer: '127.0.0.2:9000', timeWait: 2, inUse: 1 }]);
  });

  it('lets each sampled socket stand for several', () => {
    const book = ledger();
    const sample = { total: 4000, complete: false, spreadInodes: [10, 11], spreadWeight: 20.5 };
    book.addWorker(7, descriptors([1, 2], sample));
    feed(book, [
      LISTEN,
      { local: `${HERE}:0050`, remote: `${THERE}:C001`, state: '01', inode: 10 },
      { local: `${HERE}:C003`, remote: `${THERE}:2328`, state: '01', inode: 11 },
    ]);
    expect(book.workers()).toMatchObject([{ sampled: true, client: 21, upstream: 21, listening: 1, channel: 1 }]);
  });

  it.each([
    ['a few that no table has are chance', 19, 0],
    ['many are not', 15, 100],
  ])('of sampled sockets: %s', (_what, found, unexplained) => {
    const book = ledger();
    const spreadInodes = Array.from({ length: 20 }, (_, index) => 10 + index);
    book.addWorker(7, descriptors([1, 2], { total: 402, complete: false, spreadInodes, spreadWeight: 20 }));
    const clients = spreadInodes.slice(0, found).map((inode) => {
      return { local: `${HERE}:0050`, remote: `${THERE}:C0${inode}`, state: '01', inode };
    });
    feed(book, [LISTEN, ...clients]);
    expect(book.workers()).toMatchObject([{ client: found * 20, unexplained }]);
  });

  it('reads from tcp_info who was heard lately and who is still waited for', () => {
    const book = ledger();
    book.addWorker(7, descriptors([1, 10, 11, 12, 13, 14]));
    feed(book, [
      LISTEN,
      { local: `${HERE}:0050`, remote: `${THERE}:C001`, state: '01', inode: 10 },
      { local: `${HERE}:0050`, remote: `${THERE}:C002`, state: '01', inode: 11 },
      { local: `${HERE}:C003`, remote: `${THERE}:2328`, state: '01', inode: 12 },
      { local: `${HERE}:C004`, remote: `${THERE}:2328`, state: '01', inode: 13 },
      { local: `${HERE}:C005`, remote: `${THERE}:2328`, state: '01', inode: 14 },
    ]);
    book.addTcpInfo(
      new Map([
        [10, { bytesReceived: 9, bytesSent: 0, lastReceivedMs: 100, lastSentMs: 100 }],
        [11, { bytesReceived: 5000, bytesSent: 0, lastReceivedMs: 60_000, lastSentMs: 100 }],
        // Never answered; answered before, asked again; answered.
        [12, { bytesReceived: 0, bytesSent: 40, lastReceivedMs: 5000, lastSentMs: 4900 }],
        [13, { bytesReceived: 500, bytesSent: 40, lastReceivedMs: 9000, lastSentMs: 4000 }],
        [14, { bytesReceived: 500, bytesSent: 40, lastReceivedMs: 10, lastSentMs: 20 }],
      ]),
    );
    expect(book.workers()).toMatchObject([{ clientUnanswered: 2, clientUnansweredBodies: 1 }]);
    expect(book.workers()).toMatchObject([{ clientRecentlyReceived: 1, upstreamSilent: 1, upstreamAwaiting: 2 }]);
  });
});
