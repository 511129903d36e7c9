/** When `gapwatch run` opens the local Slack: as root without a terminal only when it is asked to. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { enter } from '../demo/local-slack/enter.ts';
import { asNobody } from '../support/as-nobody.ts';

const BINARY = resolve(import.meta.dirname, '../../dist/cli/main.js');
const PAGE = /http:\/\/127\.0\.0\.1:\d+\/\?key=[0-9a-f]{32}/;
const ROOT = process.getuid?.() === 0;
const NEEDS_ROOT = 'this is about root: run the tests as root, as CI does';

function started(words: readonly string[], env: Record<string, string> = {}) {
  const { SLACK_BOT_TOKEN: _none, ...outer } = process.env;
  const [program = '', ...args] = words;
  const child = spawn(program, args, {
    cwd: tmpdir(),
    env: { ...outer, GAPWATCH_LOG_LEVEL: 'info', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (text: Buffer) => (out += text.toString()));
  child.stderr.on('data', (text: Buffer) => (err += text.toString()));
  onTestFinished(() => void child.kill('SIGKILL'));
  const said = (words_: RegExp) => vi.waitFor(() => expect(out + err).toMatch(words_), 15_000);
  return { said, out: () => out, err: () => err };
}

function configFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gapwatch-local-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'gapwatch.yml');
  const config = { nginx: { pidFile: join(folder, 'none.pid') }, store: { path: join(folder, 'gapwatch.db') } };
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}

const command = (...more: string[]): string[] => [process.execPath, BINARY, 'run', '-c', configFile(), ...more];

describe('gapwatch run as root without a terminal and without a token', () => {
  it('runs without any Slack, and says so in one sentence with the remedy', async () => {
    if (!ROOT) throw new Error(NEEDS_ROOT);
    const { said, out } = started(command());
    await said(/gapwatch starts/);
    await said(/runs without any Slack; set the token, or add --local\./);
    await said(/cannot-tell|nginx-down|healthy/);
    expect(out()).not.toMatch(PAGE);
  });

  it('opens the page with --local, whatever tokens are set', async () => {
    const { said, out } = started(command('--local'), { SLACK_BOT_TOKEN: 'xoxb-1-2-3' });
    await said(/connected to Slack/);
    const page = PAGE.exec(out())?.[0] ?? '';
    expect(await enter(page)).toMatch(/^gapwatch-\d+=/);
    expect((await fetch(new URL('/', page))).status).toBe(403);
  });

  it('keeps the address out of an event stream on standard output, and out of its log', async () => {
    const { said, out, err } = started(command('--local', '--events', '-'));
    await said(/connected to Slack/);
    expect(out()).not.toMatch(PAGE);
    const records = err()
      .split('\n')
      .filter((line) => line.startsWith('{'));
    expect(records.join('\n')).not.toMatch(/key=/);
    expect(err()).toMatch(PAGE);
  });
});

it('gapwatch run as root in a terminal opens the page', async () => {
  const line = command()
    .map((word) => `'${word}'`)
    .join(' ');
  const { said } = started(['script', '-qec', line, '/dev/null']);
  await said(PAGE);
});

it('gapwatch run as another user opens the page without a terminal', async () => {
  const nobody = asNobody();
  onTestFinished(() => nobody.remove());
  const home = mkdtempSync(join(tmpdir(), 'gapwatch-nobody-home-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const run = 'mkdir -p "$1" && cd "$1" && exec "$2" "$3" run';
  const words = nobody.words([
    'sh',
    '-c',
    run,
    'sh',
    `/tmp/gapwatch-nobody-${process.pid}`,
    process.execPath,
    join(nobody.root, 'dist/cli/main.js'),
  ]);
  onTestFinished(() => rmSync(`/tmp/gapwatch-nobody-${process.pid}`, { recursive: true, force: true }));
  const { said } = started([...words]);
  await said(PAGE);
});
