/** `gapwatch demo` as a new user runs it: it shows the diagnosis in the terminal and on the page, and cleans up. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { openChromium } from '../support/chromium.ts';

const BINARY = resolve(import.meta.dirname, '../../dist/cli/main.js');
const DIAGNOSED_MS = 60_000;

/** Pids of that process group. */
function group(id: number): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]) === id;
    } catch {
      return false;
    }
  });
}

it('shows the diagnosis within a minute, in the terminal and on the page, and Ctrl-C leaves no process or file', async () => {
  const temp = mkdtempSync(join(tmpdir(), 'gapwatch-demo-test-'));
  onTestFinished(() => rmSync(temp, { recursive: true, force: true }));
  // A separate process group, as a terminal makes it: Ctrl-C reaches every process in it.
  const demo = spawn(process.execPath, [BINARY, 'demo'], {
    cwd: temp,
    detached: true,
    env: { ...process.env, TMPDIR: temp, GAPWATCH_LOG_LEVEL: 'error' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const pid = demo.pid ?? 0;
  onTestFinished(() => {
    if (demo.exitCode === null) process.kill(-pid, 'SIGKILL');
  });
  let said = '';
  demo.stdout.on('data', (text: Buffer) => (said += text.toString()));
  demo.stderr.on('data', (text: Buffer) => (said += text.toString()));

  await vi.waitFor(() => expect(said).toMatch(/local Slack .*http:\/\/127\.0\.0\.1:\d+/), 15_000);
  const url = /http:\/\/127\.0\.0\.1:\d+\/\?key=\w+/.exec(said)?.[0] ?? '';
  await vi.waitFor(() => expect(said).toMatch(/A private nginx answers/), 15_000);
  const prefix = readdirSync(temp).filter((name) => name.startsWith('gapwatch-'));
  expect(prefix.length).toBeGreaterThan(0);

  const browser = await openChromium();
  onTestFinished(() => browser.close());
  await browser.page.goto(url);
  await vi.waitFor(() => expect(said).toMatch(/^slow-upstream \(\w+, \w+\)/m), {
    timeout: DIAGNOSED_MS,
    interval: 200,
  });
  expect(said).toMatch(/Fix\n.*\S/);
  await browser.page.getByText('Slow upstream on').first().waitFor({ timeout: 15_000 });
  expect(browser.problems).toEqual([]);
  const masters = readdirSync(temp);
  expect(masters.some((name) => name.startsWith('gapwatch-lab-'))).toBe(true);

  const ended = once(demo, 'exit');
  process.kill(-pid, 'SIGINT');
  expect(await ended).toEqual([0, null]);
  await vi.waitFor(() => expect(group(pid)).toEqual([]), 5000);
  const commands = readdirSync('/proc').flatMap((name) => {
    try {
      return [readFileSync(`/proc/${name}/cmdline`, 'utf8')];
    } catch {
      return [];
    }
  });
  expect(commands.filter((command) => command.startsWith('nginx: master') && command.includes(temp))).toEqual([]);
  expect(readdirSync(temp)).toEqual([]);
}, 120_000);

it('starts nothing for a scenario that does not exist', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BINARY, 'demo', 'hot-workers'], { encoding: 'utf8' });
  expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
  expect(stderr).toContain('Did you mean hot-worker');
});
