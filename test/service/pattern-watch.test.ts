/** The user's patterns, changed while the service runs in every way an editor or a deployment does it. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import type { Logger } from '../../src/core/logger.ts';
import { createPatternWatch, type PatternWatch } from '../../src/service/pattern-watch.ts';
import { loadSignalMakers } from '../../src/service/signal-makers.ts';

let folder: string;
let watch: PatternWatch;
let said: { readonly level: string; readonly text: string }[];
let ids: () => string[];

const file = (id: string): string => join(folder, `${id}.yml`);
const pattern = (id: string, match: string): string =>
  `id: ${id}\nmeans: Something that only our module says.\nmatch: '${match}'\nhits: [x]\nmisses: [y]\nrefs: [wiki]\n`;

/** Two scans: a change counts when both find the same files. */
function settle(): void {
  watch.scan();
  watch.scan();
}

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'gapwatch-patterns-')), 'own');
  mkdirSync(folder);
  writeFileSync(file('cache'), pattern('cache', 'our cache broke'));
  said = [];
  const say = (level: string) => (facts: unknown) => void said.push({ level, text: JSON.stringify(facts) });
  const logger: Logger = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
  watch = createPatternWatch({ folders: [folder], logger, reload: () => makers.reload() });
  const makers = loadSignalMakers([folder], systemClock);
  const make = makers.forSource('error.log');
  const bytes = Buffer.from(
    ['our cache broke', 'our queue broke', '4096 worker_connections are not enough']
      .map((message) => `2026/11/21 08:00:00 [alert] 7#7: ${message}\n`)
      .join(''),
  );
  ids = () => make({ source: 'error.log', generation: 'g', offset: 0, bytes }).map((signal) => signal.pattern);
});

afterEach(() => {
  watch.stop();
  rmSync(join(folder, '..'), { recursive: true });
});

describe('the pattern folders', () => {
  it('are reloaded without a restart when a file is added, replaced by rename and removed', () => {
    expect(ids()).toEqual(['cache', 'worker-connections']);
    writeFileSync(file('queue'), pattern('queue', 'our queue broke'));
    settle();
    expect(ids()).toEqual(['cache', 'queue', 'worker-connections']);
    writeFileSync(`${file('queue')}.new`, pattern('queue', 'our other queue broke'));
    renameSync(`${file('queue')}.new`, file('queue'));
    settle();
    expect(ids()).toEqual(['cache', 'worker-connections']);
    unlinkSync(file('cache'));
    settle();
    expect(ids()).toEqual(['worker-connections']);
    expect(said.map(({ level }) => level)).toEqual(['info', 'info', 'info']);
  });

  it.each([
    ['an alias that leads nowhere', 'means: *gone\n'],
    [
      'aliases that multiply',
      ['a0: &a0 [x]', ...Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`)].join('\n'),
    ],
    ['more levels than a stack has', ': '.repeat(30_000)],
  ])('keep the last valid patterns when a file has %s', (_what, text) => {
    writeFileSync(file('cache'), text);
    expect(settle).not.toThrow();
    expect(ids()).toEqual(['cache', 'worker-connections']);
    expect(said).toEqual([{ level: 'warn', text: expect.stringMatching(/cache\.yml:\d+: /) }]);
  });

  it('keep the last valid patterns when a file is invalid, and log it once with file and line', () => {
    writeFileSync(file('cache'), pattern('cache', 'our (cache broke'));
    settle();
    settle();
    settle();
    expect(ids()).toEqual(['cache', 'worker-connections']);
    expect(said).toEqual([{ level: 'warn', text: expect.stringContaining(`${file('cache')}:3: match: `) }]);
    writeFileSync(file('cache'), pattern('cache', 'our queue broke'));
    settle();
    expect(ids()).toEqual(['cache', 'worker-connections']);
    expect(said.at(-1)?.level).toBe('info');
  });

  it('keep the last valid patterns while a folder is missing', () => {
    renameSync(folder, `${folder}.away`);
    settle();
    expect(ids()).toEqual(['cache', 'worker-connections']);
    expect(said).toEqual([{ level: 'warn', text: expect.stringContaining('cannot be read') }]);
    renameSync(`${folder}.away`, folder);
    settle();
    expect(said.at(-1)?.level).toBe('info');
  });

  it('are not read while they are being written', () => {
    writeFileSync(file('queue'), 'id: queue\nmeans: Half');
    watch.scan();
    writeFileSync(file('queue'), pattern('queue', 'our queue broke'));
    watch.scan();
    expect(said).toEqual([]);
    watch.scan();
    expect(ids()).toEqual(['cache', 'queue', 'worker-connections']);
  });

  it('cost nothing while nothing changes', () => {
    settle();
    settle();
    expect(said).toEqual([]);
  });
});
