/** Hostile text on a real terminal (a pty of util-linux `script`): what a client or a config file says is only ever text. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const BINARY = resolve(import.meta.dirname, '../../dist/cli/main.js');
const folder = mkdtempSync(join(tmpdir(), 'gapwatch-terminal-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Clears the screen, sets the title, C1 CSI as UTF-8 and as a bare byte, reverses the text, hides a zero width space. */
const HOSTILE = Buffer.concat([
  Buffer.from('\u001b[2J\u001b]0;owned\u0007\u009b31m\u202egnp.exe\u2066\u200b\r\b\u007f'),
  Buffer.from([0x9b, 0x33, 0x31, 0x6d]),
]);
const CONTROLS = /(?![\t\n])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const LINE = Buffer.concat([
  Buffer.from(
    '2026/01/01 00:00:00 [error] 7#7: *3 connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.9, server: a, request: "GET /',
  ),
  HOSTILE,
  Buffer.from(' HTTP/1.1", upstream: "http://10.0.0.5:80/", host: "a"\n'),
]);

const word = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** What a terminal is sent; the pty turns each newline into CR LF. */
function onTerminal(args: readonly string[]): string {
  const command = [process.execPath, BINARY, ...args].map(word).join(' ');
  const { stdout, error } = spawnSync('script', ['-qec', command, '/dev/null'], { stdio: ['ignore', 'pipe', 'pipe'] });
  if (error !== undefined) throw new Error('this test needs `script` of util-linux', { cause: error });
  return decoded(stdout);
}

/** Latin-1 where it is no UTF-8, so that a bare 0x9b is found too. */
function decoded(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return (Buffer.from(text).equals(bytes) ? text : bytes.toString('latin1')).replaceAll('\r\n', '\n');
}

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function bundle(): string {
  const path = join(folder, 'bundle');
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'error.log'), Buffer.concat(Array.from({ length: 5 }, () => LINE)));
  writeFileSync(join(path, 'nginx.conf'), Buffer.concat([Buffer.from('upstream "'), HOSTILE, Buffer.from('" {}\n')]));
  return path;
}

describe('on a terminal', () => {
  it.each([
    ['match', () => ['match', file('error.log', LINE)]],
    ['match --json', () => ['match', '--json', file('error.log', LINE)]],
    ['replay', () => ['replay', bundle()]],
    ['replay --json', () => ['replay', '--json', bundle()]],
    ['audit', () => ['audit', file('nginx.conf', `upstream "${HOSTILE}" { server x; }\nevents { "`)]],
    ['an error', () => ['replay', `/nowhere/${HOSTILE.toString().replaceAll('\0', '')}`]],
    ['a usage error', () => ['explain', HOSTILE.toString()]],
    ['a log of ours', () => ['match', `/nowhere/${HOSTILE.toString()}`]],
  ])('%s prints no control character', (_name, args) => {
    const shown = onTerminal(args());
    expect(shown.length).toBeGreaterThan(20);
    expect(CONTROLS.exec(shown)).toBeNull();
  });

  it('match writes control characters out, so that nothing is hidden', () => {
    const shown = onTerminal(['match', file('error.log', LINE)]);
    expect(shown).toContain(
      'GET /\\x1b[2J\\x1b]0;owned\\x07\\x9b31m\\u202egnp.exe\\u2066\\u200b\\x0d\\x08\\x7f\ufffd31m',
    );
  });

  it('follow prints lines as they come and no control character', async () => {
    const log = file('followed.log', '');
    const command = [process.execPath, BINARY, 'follow', '--from-start', log].map(word).join(' ');
    const child = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const shown: Buffer[] = [];
    appendFileSync(log, LINE);
    // Ends when the line was shown, not when a time has passed.
    for await (const bytes of child.stdout) {
      shown.push(bytes as Buffer);
      if (Buffer.concat(shown).includes('host: "a"')) break;
    }
    child.kill('SIGTERM');
    await once(child, 'close');
    expect(CONTROLS.exec(decoded(Buffer.concat(shown)))).toBeNull();
  });
});

describe('in a pipe', () => {
  it('match keeps every byte', () => {
    const { stdout } = spawnSync(process.execPath, [BINARY, 'match', file('error.log', LINE)]);
    expect(stdout.equals(Buffer.concat([Buffer.from('connect-refused\t'), LINE]))).toBe(true);
  });
});
