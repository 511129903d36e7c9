/** The built command as a process. `npm run torture` runs all scenarios on it. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { CommandReader } from '../torture/command-reader.ts';
import { nginxRotation } from '../torture/nginx-rotation.ts';
import { play } from '../torture/play.ts';
import { scenarios } from '../torture/scenarios.ts';

const COMMAND = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'gapwatch-follow-'));
const IN_REAL_TIME = [
  'append-burst',
  'long-line-3-mib',
  'invalid-utf8-nul-cr',
  'rename-with-a-gap-before-the-new-file',
  'written-right-before-mv-and-reopen',
  'six-rotations-at-once',
  'reader-stalled-through-two-rotations',
  'permission-denied-at-start',
  'permission-denied-at-rotation',
  'directory-absent-at-start',
  'copytruncate-unread-tail-only-in-the-copy',
  'stop-two-rotations-both-compressed-start',
  'kill-9-loop-with-rotation',
];

afterAll(() => rmSync(directory, { recursive: true }));

describe('gapwatch follow', () => {
  for (const name of IN_REAL_TIME)
    it(`prints every line once through ${name}`, { timeout: 60_000 }, async () => {
      const scenario = scenarios.find((each) => each.name === name);
      if (scenario === undefined) throw new Error(`no scenario ${name}`);
      const readers: CommandReader[] = [];
      const verdict = await play(scenario, 7, (path, own) => {
        const reader = new CommandReader(path, own);
        readers.push(reader);
        return reader;
      });
      expect(verdict.lost).toEqual([]);
      expect(verdict.mangled).toEqual([]);
      if (scenario.mayRepeat !== true) expect(verdict.repeated).toEqual([]);
      expect(new Set(readers.flatMap((reader) => reader.exitCodes))).toEqual(new Set([0]));
    });

  it('prints every line once that nginx logs under load while it is rotated with mv and USR1', {
    timeout: 60_000,
  }, async () => {
    const outcome = await nginxRotation({ requests: 30_000, rotations: 6, gapsMs: [0, 50, 400] });
    expect(outcome).toEqual({ logged: outcome.logged, lost: 0, repeated: 0 });
    expect(outcome.logged).toBeGreaterThanOrEqual(30_000);
  });

  it('reads no faster than its reader, and loses nothing', { timeout: 30_000 }, async () => {
    const path = join(directory, 'slow.log');
    const lines = Array.from({ length: 40_000 }, (_, i) => `${i} ${'z'.repeat(90)}\n`).join('');
    writeFileSync(path, lines);
    const child = spawn(process.execPath, [COMMAND, 'follow', '--from-start', path]);
    const exited = new Promise((resolve) => child.on('close', resolve));
    const chunks: Buffer[] = [];
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      const got = chunks.reduce((sum, { length }) => sum + length, 0);
      if (chunks.length === 1) child.kill('SIGTERM');
      if (got < lines.length) await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(Buffer.concat(chunks).toString()).toBe(lines);
    expect(await exited).toBe(0);
  });

  it('truncates a line of 256 MiB, prints the next one and keeps memory small', { timeout: 60_000 }, async () => {
    const path = join(directory, 'huge.log');
    writeFileSync(path, '');
    const chunk = Buffer.alloc(16 * 1024 * 1024, 'h');
    for (let i = 0; i < 16; i++) writeFileSync(path, chunk, { flag: 'a' });
    writeFileSync(path, '\nnext\n', { flag: 'a' });
    const child = spawn(process.execPath, [COMMAND, 'follow', '--from-start', path]);
    const exited = new Promise((resolve) => child.on('close', resolve));
    let end = '';
    let bytes = 0;
    let peakMib = 0;
    child.stdout.on('data', (data: Buffer) => {
      bytes += data.length;
      end = (end + data.subarray(-10).toString('latin1')).slice(-10);
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      peakMib = Math.max(peakMib, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024);
      if (end.endsWith('next\n')) child.kill('SIGTERM');
    });
    await exited;
    expect(end).toBe('hhhh\nnext\n');
    expect(bytes).toBe(8 * 1024 * 1024 + 1 + 5);
    expect(peakMib).toBeLessThan(160);
  });

  it.each([join(directory, 'a-file'), '/proc/x/y'])(
    'reports in one sentence that it cannot keep positions in %s',
    async (at) => {
      writeFileSync(join(directory, 'a-file'), '');
      const child = spawn(process.execPath, [COMMAND, 'follow', '--state', at, 'x.log']);
      let text = '';
      child.stderr.on('data', (data: Buffer) => {
        text += data.toString();
      });
      expect(await new Promise((resolve) => child.on('close', resolve))).toBe(64);
      expect(text).toContain('cannot keep positions in');
    },
  );

  it('refuses a directory instead of waiting for it', async () => {
    const child = spawn(process.execPath, [COMMAND, 'follow', directory]);
    let text = '';
    child.stderr.on('data', (data: Buffer) => {
      text += data.toString();
    });
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(64);
    expect(text).toContain('is a directory, not a file');
  });
});
