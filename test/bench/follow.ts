/**
 * How soon a written line is out of the follower and what that costs: one line at a time, a storm of 5,000 writes a
 * second, and 50 idle files; GNU tail -F and the npm package tail-file in the same run, one after the other.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cpuMs } from './cpu-ms.ts';
import { atMost, type Row } from './row.ts';

const COMMAND = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const TAIL_FILE = `const Tail = require('tail-file');
for (const path of process.argv.slice(1)) new Tail(path, { force: true }, (line) => process.stdout.write(line + '\\n'));`;
const READERS: Readonly<Record<string, (paths: readonly string[]) => readonly [string, ...string[]]>> = {
  gapwatch: (paths) => [process.execPath, COMMAND, 'follow', ...paths],
  'tail -F': (paths) => ['tail', '-q', '-n0', '-F', ...paths],
  'tail-file': (paths) => [process.execPath, '-e', TAIL_FILE, ...paths],
};
const READY_MS = 1500;
const STORM_PER_MS = 5;
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Lags of the lines as they come back, ms; each line carries the moment it was written. */
function collectLags(child: ChildProcess): number[] {
  const lags: number[] = [];
  let rest = '';
  child.stdout?.on('data', (data: Buffer) => {
    const now = performance.now();
    const lines = (rest + data.toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) lags.push(now - Number(line.split(' ')[0]));
  });
  return lags;
}

function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

const stamp = () => `${performance.now()} ${'m'.repeat(160)}\n`;

async function lineByLine(log: number, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    writeSync(log, stamp());
    await sleep(20 + ((i * 37) % 60));
  }
}

async function storm(log: number, forMs: number): Promise<void> {
  const start = performance.now();
  let written = 0;
  for (let now = start; now - start < forMs; now = performance.now()) {
    for (; written < (now - start) * STORM_PER_MS; written++) writeSync(log, stamp());
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function measure(reader: string, directory: string): Promise<Row[]> {
  const paths = Array.from({ length: 50 }, (_, i) => join(directory, `${reader.replace(' ', '')}-${i}.log`));
  for (const path of paths) writeFileSync(path, '');
  const rows: Row[] = [];
  /** Only we have a target. */
  const row = (what: string, value: number, unit: 'ms' | '% of a core', limit: number): void => {
    const name = `follow, ${reader}: ${what}`;
    rows.push(
      reader === 'gapwatch' ? atMost(name, value, unit, limit) : { name, value, unit, target: null, met: null },
    );
  };
  for (const files of [1, 50]) {
    const [program, ...words] = READERS[reader]?.(paths.slice(0, files)) ?? ['false'];
    const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'ignore'] });
    const lags = collectLags(child);
    const log = openSync(paths[0] ?? '', 'a');
    await sleep(READY_MS);
    await lineByLine(log, 100);
    row(`line lag p50, ${files} files`, quantile(lags, 0.5), 'ms', 1);
    row(`line lag p95, ${files} files`, quantile(lags, 0.95), 'ms', 5);
    lags.length = 0;
    const beforeStorm = cpuMs(child.pid);
    await storm(log, 3000);
    row(`storm cpu, ${files} files`, (cpuMs(child.pid) - beforeStorm) / 30, '% of a core', 15);
    await sleep(300);
    row(`storm worst lag, ${files} files`, quantile(lags, 1), 'ms', 30);
    if (files === 50) {
      await sleep(3000);
      const beforeIdle = cpuMs(child.pid);
      await sleep(20_000);
      row('idle cpu, 50 files', (cpuMs(child.pid) - beforeIdle) / 200, '% of a core', 0.5);
    }
    closeSync(log);
    child.kill();
    await new Promise((resolve) => child.on('close', resolve));
  }
  return rows;
}

/** All readers; about two minutes. */
export async function benchFollow(): Promise<Row[]> {
  const directory = mkdtempSync(join(tmpdir(), 'gapwatch-latency-'));
  try {
    const rows: Row[] = [];
    for (const reader of Object.keys(READERS)) rows.push(...(await measure(reader, directory)));
    return rows;
  } finally {
    rmSync(directory, { recursive: true });
  }
}
