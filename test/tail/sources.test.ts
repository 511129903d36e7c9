/** The contract, for every source on what it really reads: files and sockets. */

import { createSocket } from 'node:dgram';
import { appendFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DgramSocket } from 'node-unix-socket';
import { systemClock } from '../../src/core/clock.ts';
import { createPulse } from '../../src/tail/pulse.ts';
import type { LogSource, SourceEvents } from '../../src/tail/source.ts';
import { createFileSource } from '../../src/tail/sources/file.ts';
import { createSyslogSource } from '../../src/tail/sources/syslog.ts';
import { createTailFileSource } from '../../src/tail/sources/tail-file.ts';
import { systemTicker } from '../../src/tail/ticker.ts';
import { type Feed, logSourceContract } from '../contract/log-source.ts';

const clock = systemClock;
const HEADER = '<187>Nov 21 05:00:00 web-1 nginx: ';
const bytesOf = (lines: readonly string[]) => Buffer.from(lines.map((line) => `${line}\n`).join(''), 'latin1');

function fileFeed(make: (path: string, events: SourceEvents) => LogSource): Feed {
  const directory = mkdtempSync(join(tmpdir(), 'gapwatch-sources-'));
  const path = join(directory, 'app.log');
  writeFileSync(path, 'already there\n');
  return {
    make: (events) => make(path, events),
    write: (lines) => appendFileSync(path, bytesOf(lines)),
    dispose: () => rmSync(directory, { recursive: true }),
  };
}

function makeFile(path: string, events: SourceEvents): LogSource {
  return createFileSource(
    { path },
    { clock, ticker: systemTicker, pulse: createPulse(systemTicker), cursors: null },
    events,
  );
}

logSourceContract('file', () => fileFeed(makeFile), { drains: true });

logSourceContract('tail-file', () => fileFeed((path, events) => createTailFileSource({ path }, { clock }, events)), {
  drains: false,
});

logSourceContract(
  'syslog over udp',
  () => {
    const sender = createSocket('udp4');
    let source: LogSource | null = null;
    const send = (line: string, port: number) =>
      new Promise<void>((resolve) =>
        sender.send(Buffer.from(HEADER + line, 'latin1'), port, '127.0.0.1', () => resolve()),
      );
    return {
      make(events) {
        source = createSyslogSource(
          { name: 'syslog:server=127.0.0.1', address: { kind: 'udp', host: '127.0.0.1', port: 0 } },
          { clock },
          events,
        );
        return source;
      },
      async write(lines) {
        const port = Number(/:(\d+)$/.exec(source?.state().detail ?? '')?.[1] ?? 9);
        for (const line of lines) await send(line, port);
      },
      dispose: () => void sender.close(),
    };
  },
  { drains: false },
);

logSourceContract(
  'syslog over a unix datagram socket',
  () => {
    const directory = mkdtempSync(join(tmpdir(), 'gapwatch-sources-'));
    const path = join(directory, 'log.sock');
    const sender = new DgramSocket();
    return {
      make: (events) => createSyslogSource({ name: 'syslog', address: { kind: 'unix', path } }, { clock }, events),
      async write(lines) {
        if (!existsSync(path)) return;
        for (const line of lines) {
          const datagram = Buffer.from(HEADER + line, 'latin1');
          await new Promise<void>((resolve) => sender.sendTo(datagram, 0, datagram.length, path, () => resolve()));
        }
      },
      dispose() {
        sender.close();
        rmSync(directory, { recursive: true });
      },
    };
  },
  { drains: false },
);
