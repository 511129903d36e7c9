/** Rows of /proc/net/unix that any user forges by a newline in the name of a socket: they make no socket nginx's. */
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createHost } from '../../src/probe/host.ts';
import { allListeningSockets, listeningSockets } from '../../src/probe/listening-sockets.ts';
import { SocketLedger } from '../../src/probe/socket-ledger.ts';
import { createUnixTableReader } from '../../src/probe/unix-table.ts';
import { compile, startReady } from './support/c-program.ts';

const SOON = AbortSignal.timeout(60_000);
/** Listens under the abstract name that is its argument. */
const FORGE = `
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
int main(int argc, char **argv) {
  struct sockaddr_un name = { .sun_family = AF_UNIX };
  size_t length = strlen(argv[1]);
  if (argc != 2 || length > sizeof name.sun_path - 1) return 2;
  memcpy(name.sun_path + 1, argv[1], length);
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (bind(fd, (void *)&name, offsetof(struct sockaddr_un, sun_path) + 1 + length) || listen(fd, 1)) return 1;
  puts("ready"); fflush(stdout);
  for (;;) pause();
}`;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapwatch-forged-'));
  chmodSync(folder, 0o755);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** This process stands for nginx; the inode of a socket that it listens on. */
async function listening(...where: [string] | [number, string]): Promise<number> {
  const before = new Set((await listeningSockets(createHost(), process.pid, null, SOON)).map(({ inode }) => inode));
  const server = createServer((socket) => socket.destroy()).listen(...(where as [string]));
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const after = await listeningSockets(createHost(), process.pid, null, SOON);
  return after.find(({ inode }) => !before.has(inode))?.inode ?? 0;
}

/** As uid 65534: a socket whose name goes on with a row that says `inode` listens at `path`. */
async function forge(inode: number, path: string): Promise<void> {
  const program = compile(folder, 'forge', FORGE);
  const row = `0000000000000000: 00000002 00000000 00010000 0001 01 ${inode} ${path}`;
  const asWho = process.getuid?.() === 0 ? ['--reuid=65534', '--regid=65534', '--clear-groups'] : [];
  const child = await startReady(['setpriv', ...asWho, program, `x\n${row}`]);
  onTestFinished(() => void child.kill('SIGKILL'));
  expect(readFileSync('/proc/net/unix', 'utf8')).toContain(`\n${row}\n`);
}

const addresses = async (): Promise<readonly string[]> =>
  (await listeningSockets(createHost(), process.pid, null, SOON)).map(({ address }) => address);

describe('a forged row', () => {
  it('with the inode of a unix socket of nginx makes it listen nowhere else', async () => {
    const path = join(folder, 'own.sock');
    const inode = await listening(path);
    expect(statSync(path).isSocket()).toBe(true);
    expect(await addresses()).toContain(`unix:${path}`);
    await forge(inode, '/tmp/theirs.sock');
    expect(await addresses()).not.toContain('unix:/tmp/theirs.sock');
  });

  it('with the inode of a TCP socket of nginx makes it no unix socket', async () => {
    const inode = await listening(0, '127.0.0.1');
    expect(inode).toBeGreaterThan(0);
    await forge(inode, '/tmp/theirs.sock');
    expect(await addresses()).not.toContain('unix:/tmp/theirs.sock');
    const all = await allListeningSockets(createHost(), process.pid, SOON);
    expect(all.filter((socket) => socket.inode === inode)).toHaveLength(1);
  });

  it.each([
    ['a short pointer', '0: 00000002 00000000 00010000 0001 01 77 /x'],
    ['a word for a number', '0000000000000000: 0000000z 00000000 00010000 0001 01 77 /x'],
    ['columns moved', '0000000000000000: 00000002  00000000 0001000 0001 01 77 /x'],
    ['no inode', '0000000000000000: 00000002 00000000 00010000 0001 01  /x'],
    ['letters in the inode', '0000000000000000: 00000002 00000000 00010000 0001 01 7a7 /x'],
    ['only its beginning', '0000000000000000: 00000002 00000000 00010000 0001 01'],
  ])('with %s is no row', (_what, row) => {
    const seen: number[] = [];
    createUnixTableReader(({ inode }) => void seen.push(inode))(Buffer.from(`${row}\n`));
    expect(seen).toEqual([]);
  });

  it('makes no connection of a worker a listener, and no path one of nginx', () => {
    const row = (flags: string, state: string, inode: number, path = ''): string =>
      `0000000000000000: 00000003 00000000 ${flags} 0001 ${state} ${inode}${path === '' ? '' : ` ${path}`}\n`;
    const count = (table: string) => {
      const ledger = new SocketLedger(new Set([1]), {
        resolverPorts: new Set([53]),
        unixUpstream: 'unix:/run/app.sock',
      });
      const descriptors = { socketInodes: [10, 11], spreadInodes: [], spreadWeight: 0, complete: true };
      ledger.addWorker(7, descriptors as unknown as Parameters<SocketLedger['addWorker']>[1]);
      createUnixTableReader((one) => ledger.addUnix(one))(Buffer.from(table));
      return ledger.workers()[0];
    };
    const real =
      row('00010000', '01', 1, '/run/nginx.sock') +
      row('00000000', '03', 10, '/run/nginx.sock') +
      row('00000000', '03', 11);
    expect(count(real)).toMatchObject({ client: 1 });
    const forged = row('00010000', '01', 11) + real + row('00010000', '01', 1, '/run/theirs.sock');
    expect(count(forged)?.listening).toBe(count(row('00000000', '03', 10, '/x'))?.listening);
  });
});
