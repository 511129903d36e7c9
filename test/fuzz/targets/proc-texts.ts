import fc from 'fast-check';
import { readBuild } from '../../../src/discovery/build.ts';
import { readMasterTitle } from '../../../src/discovery/master-title.ts';
import { parseListeningSockets } from '../../../src/probe/backlogs.ts';
import { parseOpenFilesLimit } from '../../../src/probe/descriptors.ts';
import { parseCounterPairs } from '../../../src/probe/probes/kernel.ts';
import { parseProcessStat, parseTitle } from '../../../src/probe/process-table.ts';
import { formatEndpoint } from '../../../src/probe/socket-address.ts';
import { parseSockstat } from '../../../src/probe/sockstat.ts';
import { parseTcpInfo } from '../../../src/probe/tcp-info.ts';
import { createSocketTableReader } from '../../../src/probe/tcp-table.ts';
import { createUnixTableReader } from '../../../src/probe/unix-table.ts';
import { assert, assertShort } from '../invariants.ts';
import { bytesOf, cutInto, cuts, mutated } from '../mutations.ts';
import { defineTarget } from '../target.ts';
import { TOKENS } from '../tokens.ts';

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:46A8 00000000:0000 0A 00000000:00000011 00:00000000 00000000     0        0 17344 1 0000000000000000 100 0 0 10 0
   1: 0100007F:46A8 0100007F:D3A2 01 0000A000:00000005 01:00000014 00000000    33        0 4294967295 1 0000000000000000 20 4 30 10 -1
   2: 0000000000000000FFFF00000100007F:0050 0000000000000000FFFF00000200007F:C001 01 00000000:00000000 00:00000000 00000000     0        0 512 1 0
`;
const UNIX = `Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01 4711 /run/nginx.sock
0000000000000000: 00000003 00000000 00000000 0001 03 4712 @abstract
0000000000000000: 00000003 00000000 00000000 0001 02 4713
`;

/** Each kind of text: examples, and what reads it to a plain value. */
const KINDS: Readonly<Record<string, { readonly examples: readonly string[]; read(text: string): unknown }>> = {
  title: {
    examples: [
      'nginx: master process /usr/sbin/nginx -g daemon on; master_process on; -c /etc/nginx/nginx.conf -p /srv/\0',
      'nginx: master process ./nginx -e stderr -c conf/a.conf\0\0\0',
      '/usr/sbin/nginx\0-c\0/a b.conf\0-g\0master_process off;\0',
      'nginx: worker process is shutting down\0',
    ],
    read: (text) => [readMasterTitle(text), parseTitle(text)],
  },
  stat: {
    examples: [`77 (a b) S 1 2) T 42 77 77 0 -1 4194624 1 0 0 0 150 50 0 0 20 0 1 0 123456 10 20 ${'0 '.repeat(28)}`],
    read: (text) => parseProcessStat(text),
  },
  limits: {
    examples: [
      'Limit   Soft Limit   Hard Limit   Units\nMax open files            1024                 unlimited            files     \n',
    ],
    read: (text) => parseOpenFilesLimit(text),
  },
  counters: {
    examples: [
      'TcpExt: SyncookiesSent ListenOverflows\nTcpExt: 1 22\nIpExt: InOctets\nIpExt: 9\n',
      'sockets: used 19\nTCP: inuse 3 orphan 1 tw 24 alloc 5 mem 245\nUDP: inuse 7 mem 0\n',
    ],
    read: (text) => [[...parseCounterPairs(text, 'TcpExt')], [...parseSockstat(text, 'TCP')]],
  },
  build: {
    examples: [
      "nginx version: nginx/1.22.1\nbuilt with OpenSSL 3.0.8\nconfigure arguments: --with-cc-opt='-g -O2' --prefix=/usr/share/nginx --conf-path=/etc/nginx/nginx.conf --with-http_stub_status_module",
      'nginx version: openresty/1.25.3.2\nconfigure arguments: --prefix=/usr/local/openresty/nginx\n',
    ],
    read: (text) => readBuild(text),
  },
  ss: {
    examples: [
      'tcp   LISTEN 0      511          0.0.0.0:80        0.0.0.0:*    ino:17344 sk:1 cgroup:/ <->\nu_str LISTEN 0      511    /run/a.sock 4711 * 0 <-> ino:9 dev:0/1\n',
      'ESTAB 0 0 127.0.0.1:1 127.0.0.1:2 ino:5 sk:1 bytes_received:7 bytes_sent:9 lastrcv:4 lastsnd:8\n',
    ],
    read: (text) => [[...parseListeningSockets(text)], [...parseTcpInfo(text)]],
  },
};

function socketRows(pieces: readonly Buffer[]): unknown[] {
  const rows: unknown[] = [];
  const take = createSocketTableReader((row) => {
    const { state, localPort, remotePort, sendQueue, receiveQueue, inode } = row;
    rows.push([
      state,
      localPort,
      remotePort,
      sendQueue,
      receiveQueue,
      inode,
      row.remoteKey(),
      row.remoteId(),
      endpoint(row.localHex(), localPort),
    ]);
    return true;
  });
  for (const piece of pieces) take(piece);
  return rows;
}

/** The kernel writes hexadecimal digits; of anything else there is no address. */
function endpoint(hex: string, port: number): string {
  return /^(?:[0-9A-F]{8}|[0-9A-F]{32})$/.test(hex) ? formatEndpoint(hex, port) : hex;
}

function unixRows(pieces: readonly Buffer[]): unknown[] {
  const rows: unknown[] = [];
  const take = createUnixTableReader((row) => {
    rows.push([row.inode, row.listening, row.queued, row.connected, row.datagram, row.path()]);
  });
  for (const piece of pieces) take(piece);
  return rows;
}

const TABLES = { sockets: { text: TABLE, read: socketRows }, unix: { text: UNIX, read: unixRows } };

interface Input {
  readonly kind: string;
  readonly text: string;
  readonly cuts: readonly number[];
}

const drawnKind = (kind: string, examples: readonly string[]): fc.Arbitrary<Pick<Input, 'kind' | 'text'>> =>
  mutated(examples, { tokens: [...TOKENS, '\0', ' -g ', ' -c ', ';', '-', ': ', '0A '] }).map((text) => ({
    kind,
    text,
  }));

export const target = defineTarget<Input>({
  about: 'process titles, /proc and ss texts, nginx -V → values; socket tables in any pieces',
  inputs: fc
    .tuple(
      fc.oneof(
        ...Object.entries(KINDS).map(([kind, { examples }]) => drawnKind(kind, examples)),
        ...Object.entries(TABLES).map(([kind, { text }]) => drawnKind(kind, [text])),
      ),
      cuts,
    )
    .map(([drawn, places]) => ({ ...drawn, cuts: places })),
  ofText: (text) => ({ kind: 'title', text: `nginx: master process nginx -g ${text}`, cuts: [] }),
  check({ kind, text, cuts: places }) {
    const table = kind === 'sockets' || kind === 'unix' ? TABLES[kind] : null;
    if (table === null) {
      const said = JSON.stringify(KINDS[kind]?.read(text) ?? null);
      assertShort(said, 4 * 6 * text.length + 1_000, 'what was read');
      return;
    }
    const bytes = bytesOf(text);
    const whole = JSON.stringify(table.read([bytes]));
    const pieces = JSON.stringify(table.read(cutInto(bytes, places).map((part) => Buffer.from(part))));
    assert(pieces === whole, `in pieces ${pieces.slice(0, 300)}, as a whole ${whole.slice(0, 300)}`);
  },
});
