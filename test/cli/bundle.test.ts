/** `gapwatch bundle` on a real nginx in a real failure: the bundle is redacted and replays to the same cause. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadScenario } from '../../src/demo/lab/catalogue.ts';
import type { Lab } from '../../src/demo/lab/lab.ts';
import { findNginxBinary } from '../../src/demo/lab/nginx-binary.ts';
import { runScenario } from '../../src/demo/lab/run-scenario.ts';
import { openBundleFiles, readText } from '../../src/replay/bundle/files.ts';

const BINARY = resolve(import.meta.dirname, '../../dist/cli/main.js');

let folder: string;
let service: ChildProcess | null = null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapwatch-bundle-'));
});
afterEach(() => {
  if (service?.exitCode === null && service.signalCode === null) service.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const config = (): string => join(folder, 'gapwatch.yml');
const eventsFile = (): string => join(folder, 'events.ndjson');

function startService(lab: Lab): void {
  const settings = {
    host: 'web-1',
    nginx: { pidFile: lab.nginx.pidFile },
    store: { path: join(folder, 'gapwatch.db') },
  };
  writeFileSync(config(), JSON.stringify(settings));
  service = spawn(process.execPath, [BINARY, 'run', '-c', config(), '--events', eventsFile()], { stdio: 'ignore' });
}

async function openedCause(withinMs: number): Promise<string> {
  for (const end = Date.now() + withinMs; Date.now() < end; await new Promise((done) => setTimeout(done, 250))) {
    const lines = existsSync(eventsFile()) ? readFileSync(eventsFile(), 'utf8').trim().split('\n') : [];
    const opened = lines.map((line) => JSON.parse(line || '{}')).find(({ type }) => type === 'incident.opened');
    if (opened !== undefined) return opened.incident.cause;
  }
  throw new Error('no incident opened');
}

function gapwatch(...args: string[]) {
  return spawnSync(process.execPath, [BINARY, ...args], { encoding: 'utf8', cwd: folder });
}

const replayed = (bundle: string) => JSON.parse(gapwatch('replay', bundle, '--json').stdout);

describe('gapwatch bundle', () => {
  it('replays to the cause that the service named, also after the service was killed', async () => {
    let live = '';
    await runScenario(await loadScenario('upstream-down'), {
      binary: await findNginxBinary(process.env.PATH ?? ''),
      signal: new AbortController().signal,
      baselineSeconds: 3,
      faultSeconds: 0,
      onReady: startService,
      async onFaultOver() {
        live = await openedCause(40_000);
        const { status, stdout } = gapwatch('bundle', '-c', config(), '-o', 'running.tar.gz', '--json');
        expect(status).toBe(0);
        expect(JSON.parse(stdout).files.map(({ name }: { name: string }) => name)).toEqual(
          expect.arrayContaining(['error.log', 'nginx.conf', 'samples.ndjson', 'facts.json']),
        );
      },
    });
    expect(live).toBe('upstream-down');
    expect(replayed('running.tar.gz').diagnosis.cause).toBe(live);

    // nginx has stopped too: only the journal is left.
    const ended = service === null ? null : once(service, 'exit');
    service?.kill('SIGKILL');
    await ended;
    expect(gapwatch('bundle', '-c', config(), '-o', 'afterwards').status).toBe(0);
    const files = await openBundleFiles(join(folder, 'afterwards'));
    const samples = files.find(({ name }) => name === 'samples.ndjson');
    const text = samples === undefined ? '' : ((await readText(samples)) ?? '');
    expect(text.split('\n').filter((line) => line.includes('"probe":"stub-status"')).length).toBeGreaterThan(1);
    expect(replayed('afterwards').problems).toEqual([]);
  }, 150_000);

  it.each(['/proc/x/y', '/proc/x.tar.gz', 'a-file/x'])('reports that it cannot write to %s', (target) => {
    writeFileSync(join(folder, 'a-file'), '');
    const { status, stderr } = gapwatch('bundle', '-o', target);
    expect(stderr).toContain(`cannot write a bundle to ${target}: E`);
    expect(status).toBe(64);
  });

  it('names the logs that are left out', () => {
    const logs = Array.from({ length: 19 }, (_, i) => join(folder, `site${i + 1}.log`));
    for (const log of logs) writeFileSync(log, '2026/12/01 10:00:00 [notice] 1#1: start worker processes\n');
    const token = 'f3a9c1d27b8e4450a1c6';
    const accessLogs = [...logs, join(folder, `${token}.log`)].map((path) => ({ path }));
    writeFileSync(config(), JSON.stringify({ nginx: { errorLogs: logs, accessLogs } }));
    const { stdout } = spawnSync(process.execPath, [BINARY, 'bundle', '-c', config(), '-o', join(folder, 'made')], {
      encoding: 'utf8',
    });
    const said = /^7 logs were left out, as a bundle has 16 of a kind: .*site17\.log, .*site18\.log, .*site19\.log, /m;
    expect(stdout).toMatch(said);
    expect(stdout).not.toContain(token);
    const { problems } = JSON.parse(readFileSync(join(folder, 'made/facts.json'), 'utf8'));
    expect(problems).toEqual([expect.stringMatching(said)]);
    expect(JSON.stringify(problems)).not.toContain(token);
  }, 60_000);

  it('refuses an invalid duration', () => {
    expect(gapwatch('bundle', '--last', 'soon').status).toBe(64);
  });
});
