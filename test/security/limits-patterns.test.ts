/**
 * Pattern folders and a gapwatch.yml with whatever a person, or a program that went wrong, may put there: the running
 * service goes on with what it had, it starts with its own patterns, and the place is named.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { createPatternWatch } from '../../src/service/pattern-watch.ts';
import { loadSignalMakers } from '../../src/service/signal-makers.ts';
import { GapwatchProcess } from '../cli/support/gapwatch-process.ts';

const PATIENCE_MS = 60_000;
const BINARY = resolve(import.meta.dirname, '../../dist/cli/main.js');

let folder: string;
const file = (name: string): string => join(folder, name);
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'gapwatch-patterns-')), 'own');
  mkdirSync(folder);
});
afterEach(() => {
  rmSync(join(folder, '..'), { recursive: true, force: true });
});

const pattern = (id: string, match: string): string =>
  `id: ${id}\nmeans: A line of our own tests.\nmatch: '${match}'\nhits: ['x']\nmisses: ['y']\nrefs: ['this test']\n`;

/** Nine lines that come to a billion strings. */
const BOMB = [
  'a: &a [x,x,x,x,x,x,x,x,x,x]',
  ...'bcdefghi'.split('').map((name, i) => {
    const before = 'abcdefgh'[i];
    return `${name}: &${name} [${Array(10).fill(`*${before}`).join(',')}]`;
  }),
].join('\n');

type Hazard = readonly [what: string, put: () => void, says: RegExp];

const HAZARDS: readonly Hazard[] = [
  ['no YAML', () => writeFileSync(file('x.yml'), 'id: x\n  match: [\n'), /x\.yml:\d: /],
  ['an alias bomb', () => writeFileSync(file('x.yml'), BOMB), /x\.yml:\d: Excessive alias count/],
  ['an alias of itself', () => writeFileSync(file('x.yml'), 'a: &a [*a]\n'), /x\.yml:1: /],
  ['lists nested without end', () => writeFileSync(file('x.yml'), '['.repeat(30_000)), /x\.yml:1: /],
  ['mappings nested without end', () => writeFileSync(file('x.yml'), '- '.repeat(15_000)), /x\.yml:1: /],
  [
    'thousands of keys',
    () => writeFileSync(file('x.yml'), Array.from({ length: 5000 }, (_, i) => `k${i}:`).join('\n')),
    /x\.yml/,
  ],
  [
    '500 MB',
    () => {
      writeFileSync(file('x.yml'), '');
      truncateSync(file('x.yml'), 500_000_000);
    },
    /x\.yml: is longer than/,
  ],
  ['a FIFO', () => void execFileSync('mkfifo', [file('x.yml')]), /x\.yml: is not a regular file/],
  ['a device', () => symlinkSync('/dev/zero', file('x.yml')), /x\.yml: is not a regular file/],
  ['a folder', () => mkdirSync(file('x.yml')), /x\.yml: is not a regular file/],
  [
    'a loop of links',
    () => {
      symlinkSync(file('z.yml'), file('x.yml'));
      symlinkSync(file('x.yml'), file('z.yml'));
    },
    /x\.yml: ELOOP/,
  ],
  ['a link to nowhere', () => symlinkSync('/nowhere', file('x.yml')), /x\.yml: ENOENT/],
  ['a lookbehind', () => writeFileSync(file('x.yml'), pattern('x', '(?<=a)b')), /x\.yml:3: match: /],
  ['a backreference', () => writeFileSync(file('x.yml'), pattern('x', '(?<n>a)\\1')), /x\.yml:3: match: /],
  [
    'a pattern that unrolls without end',
    () => writeFileSync(file('x.yml'), pattern('x', '(?:(?:a{256}){256}){256}')),
    /x\.yml:3: match: unrolls/,
  ],
  [
    'ten thousand files',
    () => {
      for (let i = 0; i < 10_000; i += 1) writeFileSync(file(`f${i}.yml`), '');
    },
    /more than 1000 pattern files/,
  ],
  [
    'a file that may not be read, or believed, any more',
    () => {
      writeFileSync(file('x.yml'), pattern('x', 'x'));
      if (process.getuid?.() === 0) chownSync(file('x.yml'), 65534, 65534);
      else chmodSync(file('x.yml'), 0);
    },
    /x\.yml: .*(?:is not believed as root|EACCES)/,
  ],
  ['a folder that is gone', () => rmSync(folder, { recursive: true }), /own cannot be read: ENOENT/],
];

const bytes = Buffer.from(
  ['our cache broke', '4096 worker_connections are not enough']
    .map((message) => `2026/11/21 08:00:00 [alert] 7#7: ${message}\n`)
    .join(''),
);

function matched(makers: ReturnType<typeof loadSignalMakers>): string[] {
  return makers
    .forSource('error.log')({ source: 'error.log', generation: 'g', offset: 0, bytes })
    .map(({ pattern: id }) => id);
}

describe('a pattern folder with', () => {
  it.each(HAZARDS)(
    '%s does not keep the service from starting',
    (_what, put, says) => {
      writeFileSync(file('cache.yml'), pattern('cache', 'our cache broke'));
      put();
      let wrong: unknown;
      const makers = loadSignalMakers([folder], systemClock, {
        onInvalid: (error) => {
          wrong = error;
        },
      });
      expect((wrong as Error).message).toMatch(says);
      expect(matched(makers)).toEqual(['worker-connections']);
      mkdirSync(folder, { recursive: true });
    },
    PATIENCE_MS,
  );

  it.each(HAZARDS)(
    '%s changes nothing of what is in use, and is said once',
    (_what, put, says) => {
      writeFileSync(file('cache.yml'), pattern('cache', 'our cache broke'));
      const said: string[] = [];
      const logger = { ...silentLogger, warn: (facts: object) => void said.push(JSON.stringify(facts)) };
      const makers = loadSignalMakers([folder], systemClock);
      const watch = createPatternWatch({ folders: [folder], logger, reload: () => makers.reload() });
      put();
      for (let look = 0; look < 5; look += 1) watch.scan();
      expect(matched(makers)).toEqual(['cache', 'worker-connections']);
      expect(said).toHaveLength(1);
      expect(said[0]).toMatch(says);
      expect(watch.trouble()?.because).toMatch(says);
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder);
      writeFileSync(file('cache.yml'), pattern('cache', 'our cache broke'));
      for (let look = 0; look < 3; look += 1) watch.scan();
      expect(watch.trouble()).toBeNull();
      expect(matched(makers)).toEqual(['cache', 'worker-connections']);
    },
    PATIENCE_MS,
  );

  it('a reason outside of it that goes away is tried again', () => {
    let fails = true;
    const watch = createPatternWatch({
      folders: [folder],
      logger: silentLogger,
      reload() {
        if (fails) throw new Error('EMFILE: too many open files');
      },
    });
    writeFileSync(file('cache.yml'), pattern('cache', 'our cache broke'));
    watch.scan();
    watch.scan();
    expect(watch.trouble()).not.toBeNull();
    fails = false;
    for (let look = 0; look < 60; look += 1) watch.scan();
    expect(watch.trouble()).toBeNull();
  });

  it('repetitions of repetitions still matches in time that grows with the line', () => {
    writeFileSync(file('cache.yml'), pattern('cache', '(?:(?:a*)*b?)*c'));
    const makers = loadSignalMakers([folder], systemClock);
    const long = Buffer.from(`2026/11/21 08:00:00 [alert] 7#7: ${'a'.repeat(1_000_000)}\n`);
    expect(makers.forSource('e')({ source: 'e', generation: 'g', offset: 0, bytes: long })).toEqual([]);
  });
});

describe('the running service', () => {
  it(
    'starts beside a broken pattern, names it, and outlives an alias bomb and the end of the folder',
    async () => {
      writeFileSync(file('x.yml'), 'id: [\n');
      const config = {
        patterns: { folders: [folder] },
        nginx: { pidFile: '/nowhere.pid' },
        probes: { intervalMs: 250, suspiciousIntervalMs: 250 },
      };
      const service = new GapwatchProcess({ config });
      try {
        await service.said(/patterns rejected.*|.*x\.yml:2: /);
        await service.looksOn('system');
        writeFileSync(file('x.yml'), BOMB);
        await service.said(/x\.yml:\d: Excessive alias count/);
        rmSync(folder, { recursive: true });
        await service.said(/own cannot be read: ENOENT/);
        await service.looksOn('system');
        mkdirSync(folder);
        writeFileSync(file('cache.yml'), pattern('cache', 'our cache broke'));
        await service.said(/patterns reloaded/);
        await service.looksOn('system');
      } finally {
        expect(await service.stop()).toBe(0);
      }
    },
    PATIENCE_MS,
  );
});

const CONFIGS: readonly Hazard[] = [
  ['an alias bomb', () => writeFileSync(file('gapwatch.yml'), BOMB), /gapwatch\.yml:\d: Excessive alias count/],
  ['an alias of itself', () => writeFileSync(file('gapwatch.yml'), 'host: &a [*a]\n'), /gapwatch\.yml:1: /],
  ['lists nested without end', () => writeFileSync(file('gapwatch.yml'), '['.repeat(100_000)), /gapwatch\.yml:1: /],
  [
    '200 KB',
    () => writeFileSync(file('gapwatch.yml'), '#\n'.repeat(100_000)),
    /gapwatch\.yml cannot be read: is longer than/,
  ],
  [
    '500 MB',
    () => {
      writeFileSync(file('gapwatch.yml'), '');
      truncateSync(file('gapwatch.yml'), 500_000_000);
    },
    /is longer than/,
  ],
  [
    'a FIFO in its place',
    () => void execFileSync('mkfifo', [file('gapwatch.yml')]),
    /cannot be read: is not a regular file/,
  ],
  ['a folder in its place', () => mkdirSync(file('gapwatch.yml')), /cannot be read: is not a regular file/],
];

describe('gapwatch.yml with', () => {
  it.each(CONFIGS)(
    '%s is refused with its place',
    (_what, put, says) => {
      put();
      const { status, stderr } = spawnSync(process.execPath, [BINARY, 'run', '-c', file('gapwatch.yml')], {
        encoding: 'utf8',
        timeout: 30_000,
      });
      expect(stderr).toMatch(says);
      expect(status).toBe(78);
    },
    PATIENCE_MS,
  );
});
