import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadScenario } from '../../../src/demo/lab/catalogue.ts';
import { findNginxBinary } from '../../../src/demo/lab/nginx-binary.ts';
import { runScenario } from '../../../src/demo/lab/run-scenario.ts';
import { Recorder } from './recorder.ts';

const SAMPLE = { type: 'sample', at: '2026-11-21T05:00:00.000Z', host: 'lab', probe: 'system', ok: true, data: {} };

describe('a recording', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gapwatch-recording-'));
  const bundle = join(folder, 'upstream-down');
  const read = (name: string) => readFileSync(join(bundle, name), 'utf8');

  beforeAll(async () => {
    const scenario = await loadScenario('upstream-down');
    const recorder = new Recorder(bundle);
    await runScenario(scenario, {
      binary: await findNginxBinary(process.env.PATH ?? ''),
      signal: new AbortController().signal,
      baselineSeconds: 1,
      faultSeconds: 2,
      onReady: (lab) => recorder.start(lab),
      onClosing: (lab, result) => recorder.save(scenario, lab, result, [{ type: 'started', at: SAMPLE.at }, SAMPLE]),
    });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('contains the logs of nginx and its config', () => {
    expect(read('error.log')).toMatch(/connect\(\) failed \(111: Connection refused\) while connecting to upstream/);
    expect(read('access.log')).toMatch(/" 502 /);
    expect(read('nginx.conf')).toMatch(/^# configuration file .*nginx\.conf:$/m);
    expect(read('nginx.conf')).toContain('proxy_pass http://127.0.0.1:');
  });

  it('contains the status page with the time of each request', () => {
    const samples = read('stub_status.ndjson').trim().split('\n');
    expect(samples.length).toBeGreaterThanOrEqual(2);
    const first = JSON.parse(samples[0] ?? '') as { at: string; text: string };
    expect(first.text).toMatch(/^Active connections: \d+ \nserver accepts handled requests/);
    expect(new Date(first.at).toISOString()).toBe(first.at);
  });

  it('contains only the samples of the event stream', () => {
    expect(read('samples.ndjson')).toBe(`${JSON.stringify(SAMPLE)}\n`);
  });

  it('contains the expected cause and the time of the first lost client', () => {
    const expected = JSON.parse(read('expected.json')) as { cause: string; verdict: string; firstLossAt: string };
    expect(expected).toMatchObject({ verdict: 'named', cause: 'upstream-down' });
    expect(Date.parse(expected.firstLossAt)).toBeGreaterThan(0);
  });

  it('contains no path of this machine', () => {
    for (const name of ['error.log', 'access.log', 'nginx.conf', 'expected.json'])
      expect(read(name)).not.toContain(tmpdir());
  });
});
