/** The name of a log decides what reads it. */
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { followConfig } from '../../src/tail/config.ts';
import { openSource } from '../../src/tail/open-source.ts';
import { createPulse } from '../../src/tail/pulse.ts';
import type { LogSource } from '../../src/tail/source.ts';
import { systemTicker } from '../../src/tail/ticker.ts';

let directory: string;
let source: LogSource | null = null;
let got: string[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gapwatch-open-'));
  writeFileSync(join(directory, 'app.log'), '');
  got = [];
});

afterEach(async () => {
  await source?.stop();
  rmSync(directory, { recursive: true });
});

async function open(target: string, config: object = {}): Promise<LogSource> {
  const deps = { clock: systemClock, ticker: systemTicker, pulse: createPulse(systemTicker), cursors: null };
  const events = { deliver: ({ bytes }: { bytes: Uint8Array }) => void got.push(Buffer.from(bytes).toString()) };
  source = openSource(target, followConfig.parse(config), deps, events);
  await source.start();
  return source;
}

describe('openSource', () => {
  it.each([
    ['a path', 'app.log', {}],
    ['a pattern', '*.log', {}],
    ['a path with the tail-file driver', 'app.log', { source: 'tail-file' }],
  ])('follows %s and takes container framing off', async (_what, name, config) => {
    await open(join(directory, name), config);
    appendFileSync(join(directory, 'app.log'), '2026-11-21T05:00:00.1Z stderr F from a container\n');
    await vi.waitFor(() => expect(got).toEqual(['from a container\n']));
  });

  it('leaves framing on when configured', async () => {
    await open(join(directory, 'app.log'), { framing: 'none' });
    appendFileSync(join(directory, 'app.log'), '2026-11-21T05:00:00.1Z stderr F x\n');
    await vi.waitFor(() => expect(got).toEqual(['2026-11-21T05:00:00.1Z stderr F x\n']));
  });

  it('listens where nginx sends', async () => {
    const path = join(directory, 'log.sock');
    const { kind, detail } = (await open(`syslog:server=unix:${path},tag=x`)).state();
    expect([kind, detail]).toEqual(['following', `listening on unix:${path}`]);
  });
});
