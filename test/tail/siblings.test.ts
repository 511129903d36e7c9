/** Which names are generations of a log, and which are other logs that must never be read as one. */
import { linkSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { siblingNames, siblingsOf } from '../../src/tail/follower/siblings.ts';
import { NOWHERE_ELSE } from '../../src/tail/follower/whereabouts.ts';

describe('siblingNames of access.log', () => {
  const belongs = siblingNames('access.log');

  it.each([
    'access.log',
    'access.log.1',
    'access.log.12.gz',
    'access.log-20261121',
    'access.log-20261121-1795240346.gz',
    'access.log.2026-11-21T05:00:00',
    'access.log.old',
    'access.log.gz',
    'access.log~',
    'access-20261121.log',
    'access.2026-11-21.log.gz',
  ])('takes %s in', (name) => {
    expect(belongs(name)).toBe(true);
  });

  it.each([
    'error.log',
    'access.logs',
    'access.log.json',
    'access.log.tmp',
    'access_ssl.log',
    'access-8080.log',
    'my-access.log.1',
  ])('leaves %s out', (name) => {
    expect(belongs(name)).toBe(false);
  });

  it('knows dates only where there is an extension to stand before', () => {
    expect(siblingNames('messages')('messages-20261121')).toBe(true);
    expect(siblingNames('messages')('messages2')).toBe(false);
  });
});

describe('siblingsOf files born in one tick of the clock', () => {
  function folder(): string {
    const made = mkdtempSync(join(tmpdir(), 'gapwatch-siblings-'));
    onTestFinished(() => rmSync(made, { recursive: true }));
    return made;
  }
  const inOrder = (directory: string): string[] =>
    siblingsOf(join(directory, 'app.log'), NOWHERE_ELSE).map(({ path }) => basename(path));

  it.each([
    [
      ['app.log.2', 'app.log.10', 'app.log.1'],
      ['app.log.10', 'app.log.2', 'app.log.1'],
    ],
    [
      ['app.log-20260102', 'app.log-20260103', 'app.log-20260101'],
      ['app.log-20260101', 'app.log-20260102', 'app.log-20260103'],
    ],
  ])('puts %j in order of age', (names, ordered) => {
    const directory = folder();
    const [first = '', ...others] = names.map((name) => join(directory, name));
    writeFileSync(first, '');
    // Two names of one file have the same time of birth, whatever the file system's clock.
    for (const other of others) linkSync(first, other);
    expect(inOrder(directory)).toEqual(ordered);
  });

  it('puts archives of one time in order of their numbers, before all plain files', () => {
    const directory = folder();
    for (const name of ['app.log.2', 'app.log.3.gz', 'app.log.11.gz', 'app.log.4.gz']) {
      writeFileSync(join(directory, name), '');
      utimesSync(join(directory, name), 1_800_000_000, 1_800_000_000);
    }
    expect(inOrder(directory)).toEqual(['app.log.11.gz', 'app.log.4.gz', 'app.log.3.gz', 'app.log.2']);
  });
});
