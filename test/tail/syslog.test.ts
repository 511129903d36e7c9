/** The syslog source against a real nginx, over UDP and a unix datagram socket. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import {
  createSyslogSource,
  parseSyslogAddress,
  parseSyslogTarget,
  type SyslogAddress,
} from '../../src/tail/sources/syslog.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gapwatch-syslog-'));
  for (const name of ['tmp', 'run']) mkdirSync(join(directory, name));
});

afterEach(() => rmSync(directory, { recursive: true }));

function receive(address: SyslogAddress, lines: string[]) {
  return createSyslogSource(
    { name: 'syslog', address },
    { clock: systemClock },
    { deliver: ({ bytes }) => void lines.push(Buffer.from(bytes).toString()) },
  );
}

/** Runs nginx in the foreground for as long as `use` takes; it starts with a notice in its error log. */
async function withNginx(errorLog: string, use: () => Promise<void>): Promise<void> {
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((n) => `${n}_temp_path ${directory}/tmp;`);
  writeFileSync(
    join(directory, 'nginx.conf'),
    `daemon off; pid ${directory}/run/nginx.pid; error_log ${errorLog} notice; events {}
http { access_log off; ${temp.join(' ')} server { listen unix:${directory}/run/http.sock; } }`,
  );
  const nginx = spawn('nginx', ['-p', directory, '-c', join(directory, 'nginx.conf')], { stdio: 'ignore' });
  const gone = new Promise((resolve) => nginx.on('close', resolve));
  try {
    await use();
  } finally {
    nginx.kill('SIGTERM');
    await gone;
  }
}

const STARTED = /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \[notice\] \d+#\d+: start worker processes\n$/;

describe('the syslog source', () => {
  it('gets the lines nginx sends over UDP, as they would stand in a file', async () => {
    const lines: string[] = [];
    const source = receive({ kind: 'udp', host: '127.0.0.1', port: 0 }, lines);
    await source.start();
    const address = source.state().detail.replace('listening on ', '');
    await withNginx(`syslog:server=${address}`, async () => {
      await vi.waitFor(() => expect(lines).toContainEqual(expect.stringMatching(STARTED)));
    });
    await source.stop();
  });

  it('gets them over a unix datagram socket, also without a host name and with a tag', async () => {
    const lines: string[] = [];
    const path = join(directory, 'run/log.sock');
    const source = receive({ kind: 'unix', path }, lines);
    await source.start();
    await withNginx(`syslog:server=unix:${path},nohostname,tag=edge_7`, async () => {
      await vi.waitFor(() => expect(lines).toContainEqual(expect.stringMatching(STARTED)));
    });
    await source.stop();
  });

  it('says that it cannot listen where another does', async () => {
    const first = receive({ kind: 'udp', host: '127.0.0.1', port: 0 }, []);
    await first.start();
    const port = Number(first.state().detail.split(':').at(-1));
    const second = receive({ kind: 'udp', host: '127.0.0.1', port }, []);
    await second.start();
    expect(second.state().kind).toBe('denied');
    expect(second.state().detail).toContain('EADDRINUSE');
    await second.stop();
    await first.stop();
  });
});

describe('parseSyslogAddress', () => {
  it.each([
    ['127.0.0.1:5140', { kind: 'udp', host: '127.0.0.1', port: 5140 }],
    ['127.0.0.1', { kind: 'udp', host: '127.0.0.1', port: 514 }],
    ['[::1]:5140', { kind: 'udp', host: '::1', port: 5140 }],
    ['unix:/run/gapwatch.sock', { kind: 'unix', path: '/run/gapwatch.sock' }],
    ['two words', null],
    ['a:b:c', null],
  ])('reads %s', (text, address) => {
    expect(parseSyslogAddress(text)).toEqual(address);
  });
});

describe('parseSyslogTarget', () => {
  it.each([
    ['syslog:server=127.0.0.1:5140,tag=nginx', { kind: 'udp', host: '127.0.0.1', port: 5140 }],
    ['syslog:facility=local7,server=unix:/dev/log,nohostname', { kind: 'unix', path: '/dev/log' }],
    ['/var/log/nginx/error.log', null],
  ])('reads %s', (target, address) => {
    expect(parseSyslogTarget(target)).toEqual(address);
  });
});
