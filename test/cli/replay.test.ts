/** `gapwatch replay` as a process: its output and exit codes. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeBundle } from '../../src/replay/bundle/write.ts';

const BINARY = resolve(import.meta.dirname, '../../dist/cli/main.js');
const SCENARIOS = resolve(import.meta.dirname, '../scenarios');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapwatch-replay-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function replay(bundle: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BINARY, 'replay', bundle, ...args], {
    encoding: 'utf8',
    cwd: folder,
  });
  return { status, stdout, stderr };
}

function replayJson(bundle: string) {
  const { status, stdout } = replay(bundle, '--json');
  return { status, ...JSON.parse(stdout) };
}

describe('gapwatch replay', () => {
  it('prints the diagnosis and the incidents with their changes as JSON', () => {
    const { status, diagnosis, incidents, problems } = replayJson(join(SCENARIOS, 'slow-upstream-report-timeouts'));
    expect(status).toBe(2);
    expect(diagnosis).toMatchObject({ verdict: 'named', cause: 'slow-upstream', severity: 'critical' });
    expect(Object.keys(diagnosis)).toEqual(
      expect.arrayContaining(['alsoPresent', 'losing', 'evidenceFor', 'ruledOut', 'notObservable', 'fixes', 'doNot']),
    );
    expect(incidents).toEqual([
      expect.objectContaining({ cause: 'slow-upstream', openedAt: expect.stringMatching(/Z$/), resolvedAt: null }),
    ]);
    expect(incidents[0].changes[0]).toMatchObject({ kind: 'opened', at: incidents[0].openedAt });
    expect(problems).toEqual([]);
  });

  it.each([
    ['quiet-report-404', 0],
    ['config-invalid-report-directive', 1],
    ['fd-exhaustion-report-accept', 2],
    ['cannot-tell-empty-files', 3],
  ])('exits as a monitoring plugin would: %s with %i', (id, expected) => {
    expect(replay(join(SCENARIOS, id)).status).toBe(expected);
  });

  it('prints what would have been posted, and when', () => {
    const { stdout } = replay(join(SCENARIOS, 'upstream-down-report'));
    expect(stdout).toMatch(/Would have been posted:\nupstream-down \(inc-/);
    expect(stdout).toMatch(/\n {2}\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z opened: /);
  });

  it('gives the same result for an archive as for its folder', async () => {
    const source = join(SCENARIOS, 'upstream-dns-report');
    const archive = join(folder, 'bundle.tar.gz');
    await writeBundle(archive, { 'error.log': readFileSync(join(source, 'error.log')) });
    expect(replayJson(archive).diagnosis).toEqual(replayJson(source).diagnosis);
  });

  it('refuses a path without a bundle with a usage error', () => {
    writeFileSync(join(folder, 'damaged.tar.gz'), gzipSync('no tar').subarray(0, 12));
    for (const path of ['nowhere', 'damaged.tar.gz']) {
      const { status, stderr } = replay(path, '--json');
      expect(status).toBe(64);
      expect(stderr).toContain(path);
    }
  });

  it('answers cannot-tell for an empty folder', () => {
    mkdirSync(join(folder, 'empty'));
    expect(replayJson('empty')).toMatchObject({ status: 3, diagnosis: { verdict: 'cannot-tell' }, incidents: [] });
  });

  it('continues with the rest when a file is damaged, unreadable or not a regular file', () => {
    const bundle = join(folder, 'bundle');
    cpSync(join(SCENARIOS, 'upstream-down-report'), bundle, { recursive: true });
    writeFileSync(join(bundle, 'error.log.1.gz'), gzipSync('x'.repeat(10_000)).subarray(0, 20));
    mkdirSync(join(bundle, 'access.log'));
    symlinkSync('/nonexistent', join(bundle, 'nginx.conf'));
    const { diagnosis, problems } = replayJson(bundle);
    expect(diagnosis.cause).toBe('upstream-down');
    expect(problems).toEqual(['error.log.1.gz: unexpected end of file']);
  });

  it('reads rotated logs, oldest first, across files', () => {
    const bundle = join(folder, 'bundle');
    mkdirSync(bundle);
    const line = (at: string) =>
      `2026/01/01 ${at} [error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 203.0.113.1, server: x, request: "GET / HTTP/1.1", upstream: "http://198.51.100.1:80/", host: "x"\n`;
    writeFileSync(join(bundle, 'error.log.2.gz'), gzipSync(line('10:00:00').repeat(5)));
    writeFileSync(join(bundle, 'error.log.1'), line('11:00:00').repeat(5));
    writeFileSync(join(bundle, 'error.log'), line('12:00:00').repeat(5));
    const openings = replayJson(bundle).incidents.map(({ openedAt }: { openedAt: string }) => openedAt.slice(11, 16));
    expect(openings).toEqual(['10:00', '11:00', '12:00']);
  });
});
