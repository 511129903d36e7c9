import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { GapwatchError } from '../../src/core/errors.ts';
import { createEvents, openEventTarget } from '../../src/service/events.ts';

const folder = mkdtempSync(join(tmpdir(), 'gapwatch-events-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const AT = Date.parse('2026-11-21T12:00:00Z');
const target = (name: string) => openEventTarget(name, process.stdout);

describe('the event stream', () => {
  it('is appended to the named file, one object per line', async () => {
    const file = join(folder, 'events.ndjson');
    for (let run = 0; run < 2; run++) await createEvents(target(file), 'web-1', vi.fn()).stopped(AT, {});
    const line = '{"type":"stopped","at":"2026-11-21T12:00:00.000Z","host":"web-1"}\n';
    expect(readFileSync(file, 'utf8')).toBe(line + line);
  });

  it('refuses an unwritable target at once', () => {
    for (const name of [join(folder, 'no/such/file'), folder]) expect(() => target(name)).toThrow(GapwatchError);
  });

  it('waits for the reader of a pipe', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const events = createEvents(target(pipe), 'web-1', vi.fn());
    events.started(AT, { pid: 1 });
    const reader = createReadStream(pipe, 'utf8');
    const [text] = await once(reader, 'data');
    expect(text).toContain('"type":"started"');
    await events.stopped(AT, {});
  });

  it('reports a failure once and then stops writing', async () => {
    const full = openEventTarget('/dev/full', process.stdout);
    const onError = vi.fn();
    const events = createEvents(full, 'web-1', onError);
    for (let time = 0; time < 3; time++) events.started(AT, { pid: 1 });
    await vi.waitFor(() => expect(onError).toHaveBeenCalledTimes(1));
    events.started(AT, { pid: 1 });
    await events.stopped(AT, {});
    expect(onError).toHaveBeenCalledTimes(1);
  });
});
