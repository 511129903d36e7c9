/** Texts of /proc and of `ss` as recorded on Linux 6.18 and iproute2 6.1. */
import { describe, expect, it } from 'vitest';
import { parseListeningSockets } from '../../src/probe/backlogs.ts';
import { parseOpenFilesLimit } from '../../src/probe/descriptors.ts';
import { parseCounterPairs } from '../../src/probe/probes/kernel.ts';
import { countCpus } from '../../src/probe/probes/system.ts';
import { parseProcessStat, parseTitle } from '../../src/probe/process-table.ts';
import { parseSockstat } from '../../src/probe/sockstat.ts';
import { parseTcpInfo } from '../../src/probe/tcp-info.ts';
import { createUnixTableReader, type UnixRow } from '../../src/probe/unix-table.ts';

describe('texts of the kernel', () => {
  it('reads a stat line whose process name holds spaces and parentheses', () => {
    const line = `77 (a b) S 1 2) T 42 77 77 0 -1 4194624 1 0 0 0 150 50 0 0 20 0 1 0 123456 10 20 ${'0 '.repeat(28)}`;
    expect(parseProcessStat(line)).toEqual({ parentPid: 42, state: 'T', cpuTicks: 200, startTicks: 123456 });
    expect(parseProcessStat('77 (nginx) S 1')).toBeNull();
  });

  it.each([
    ['nginx: worker process\0\0', 'worker', 'current'],
    ['nginx: worker process is shutting down\0', 'worker', 'shutting-down'],
    ['nginx: cache manager process\0', 'cache-manager', 'current'],
    ['nginx: cache loader process\0', 'cache-loader', 'current'],
    ['nginx: privileged agent process\0', 'privileged-agent', 'current'],
    ['nginx: master process /usr/sbin/nginx -c x\0', 'other', 'current'],
  ])('classifies %j', (title, kind, generation) => {
    expect(parseTitle(title)).toEqual({ kind, generation });
  });

  it('sees no nginx title in a single process or in a shell', () => {
    expect(parseTitle('nginx\0-c\0x\0')).toBeNull();
    expect(parseTitle('sh\0-c\0nginx: worker process\0')).toBeNull();
  });

  it('reads the limit of open files, unlimited ones too', () => {
    const text =
      'Limit   Soft Limit   Hard Limit   Units\nMax open files            1024                 524288               files     \n';
    expect(parseOpenFilesLimit(text)).toEqual({ soft: 1024, hard: 524288 });
    expect(parseOpenFilesLimit(text.replace('524288', 'unlimited'))).toEqual({ soft: 1024, hard: null });
    expect(parseOpenFilesLimit('')).toBeUndefined();
  });

  it('pairs the names and the values of netstat by group', () => {
    const text = 'TcpExt: SyncookiesSent ListenOverflows ListenDrops\nTcpExt: 1 22 23\nIpExt: InOctets\nIpExt: 9\n';
    expect(Object.fromEntries(parseCounterPairs(text, 'TcpExt'))).toEqual({
      SyncookiesSent: 1,
      ListenOverflows: 22,
      ListenDrops: 23,
    });
    expect(parseCounterPairs('', 'TcpExt').size).toBe(0);
  });

  it('reads sockstat', () => {
    const text = 'sockets: used 19\nTCP: inuse 3 orphan 1 tw 24 alloc 5 mem 245\nUDP: inuse 7 mem 0\n';
    expect(Object.fromEntries(parseSockstat(text, 'TCP'))).toEqual({ inuse: 3, orphan: 1, tw: 24, alloc: 5, mem: 245 });
  });

  it('counts the CPUs of a list', () => {
    expect(countCpus('0-3,8')).toBe(5);
    expect(countCpus('5')).toBe(1);
  });

  it('finds backlogs by socket inode, of unix sockets too', () => {
    const text = `u_str LISTEN 0      128    /tmp/pr/my n.sock 17345       * 0 <-> ino:2146364 dev:0/65024 peers:
tcp   LISTEN 17     16          127.0.0.1:18088 0.0.0.0:* uid:33 ino:17344 sk:3 cgroup:/ <->       
tcp   LISTEN 0      511              [::]:80       [::]:* ino:18000 sk:1002 cgroup:/system.slice/nginx.service v6only:1 <->
`;
    expect([...parseListeningSockets(text)]).toEqual([
      [17345, 128],
      [17344, 16],
      [18000, 511],
    ]);
  });

  it('takes a field that ss leaves out as 0', () => {
    const text =
      '0 0 127.0.0.1:80 127.0.0.1:40000 ino:11 sk:1 <-> ts cubic rto:201 bytes_sent:9 bytes_received:77 segs_out:2 lastsnd:120 lastrcv:4 lastack:4\n' +
      '0 0 127.0.0.1:40001 127.0.0.1:9000 uid:33 ino:12 sk:2 <-> ts cubic rto:201 bytes_sent:9 lastsnd:3000 lastrcv:3100 lastack:3000\n';
    expect([...parseTcpInfo(text)]).toEqual([
      [11, { bytesReceived: 77, bytesSent: 9, lastReceivedMs: 4, lastSentMs: 120 }],
      [12, { bytesReceived: 0, bytesSent: 9, lastReceivedMs: 3100, lastSentMs: 3000 }],
    ]);
  });

  it('distinguishes listeners, queued and connected unix sockets', () => {
    const text = `Num       RefCount Protocol Flags    Type St Inode Path
00000000c5e1da09: 00000002 00000000 00010000 0001 01 17345 /tmp/a b.sock
0000000000000000: 00000002 00000000 00000000 0001 02     0 /tmp/a b.sock
0000000000000000: 00000003 00000000 00000000 0001 03 17346
0000000000000000: 00000002 00000000 00000000 0002 01 17347 @abstract
`;
    const rows: (Omit<UnixRow, 'path'> & { path: string | null })[] = [];
    const read = createUnixTableReader((row) => {
      const { inode, listening, queued, connected, datagram } = row;
      rows.push({ inode, listening, queued, connected, datagram, path: row.path() });
    });
    for (const byte of Buffer.from(text)) read(Buffer.of(byte));
    expect(rows.map((row) => [row.inode, row.path])).toEqual([
      [17345, '/tmp/a b.sock'],
      [0, '/tmp/a b.sock'],
      [17346, null],
      [17347, '@abstract'],
    ]);
    expect(rows.map(({ listening, queued, connected, datagram }) => [listening, queued, connected, datagram])).toEqual([
      [true, false, false, false],
      [false, true, false, false],
      [false, false, true, false],
      [false, false, false, true],
    ]);
  });
});
