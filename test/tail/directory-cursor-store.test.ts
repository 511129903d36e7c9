/** Positions survive whole or not at all. */
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GapwatchError } from '../../src/core/errors.ts';
import type { Cursor } from '../../src/tail/cursor.ts';
import { createDirectoryCursorStore } from '../../src/tail/directory-cursor-store.ts';

const cursor: Cursor = {
  version: 1,
  path: '/var/log/nginx/error.log',
  sinceMs: 1,
  open: [
    {
      id: 'a',
      identity: 'a',
      offset: 7,
      head: { length: 7, hash: 'h' },
      tail: { length: 7, hash: 't' },
      lastWriteMs: 2,
    },
  ],
  closed: [],
  directories: [],
  targets: [],
};

let directory: string;

beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'gapwatch-cursor-')), 'made', 'for it');
});

afterEach(() => rmSync(join(directory, '../..'), { recursive: true }));

const onlyFile = () => join(directory, readdirSync(directory)[0] ?? '');

describe('the directory cursor store', () => {
  it('gives back what was saved under that key and nothing under another', () => {
    const store = createDirectoryCursorStore(directory);
    expect(store.load(cursor.path)).toBeNull();
    store.save(cursor.path, cursor);
    expect(createDirectoryCursorStore(directory).load(cursor.path)).toEqual(cursor);
    expect(store.load('/var/log/other/error.log')).toBeNull();
  });

  it('leaves one file, readable by its owner only', () => {
    const store = createDirectoryCursorStore(directory);
    store.save(cursor.path, cursor);
    store.save(cursor.path, cursor);
    expect(readdirSync(directory)).toHaveLength(1);
    expect(statSync(onlyFile()).mode & 0o777).toBe(0o600);
  });

  it.each(['', '{"version":1', '{"version":2}', 'null'])(
    'refuses to begin elsewhere when the position says %j',
    (text) => {
      const store = createDirectoryCursorStore(directory);
      store.save(cursor.path, cursor);
      writeFileSync(onlyFile(), text);
      expect(() => createDirectoryCursorStore(directory).load(cursor.path)).toThrow(/error\.log-\w+\.json is damaged/);
    },
  );

  it('reports a second process that keeps its position in the same place, and leaves that one alone', () => {
    const [ours, theirs] = [createDirectoryCursorStore(directory), createDirectoryCursorStore(directory)];
    ours.load(cursor.path);
    ours.save(cursor.path, cursor);
    theirs.load(cursor.path);
    theirs.save(cursor.path, { ...cursor, sinceMs: 2 });
    expect(() => ours.save(cursor.path, cursor)).toThrow(/another process/);
    theirs.save(cursor.path, { ...cursor, sinceMs: 3 });
    expect(createDirectoryCursorStore(directory).load(cursor.path)?.sinceMs).toBe(3);
  });

  it('reads a position of the version that knew no targets of symlinks', () => {
    const { targets, ...former } = cursor;
    createDirectoryCursorStore(directory).save(cursor.path, former as Cursor);
    expect(createDirectoryCursorStore(directory).load(cursor.path)).toEqual({ ...cursor, targets });
  });

  it('refuses to begin elsewhere when a position is there but cannot be read', () => {
    const store = createDirectoryCursorStore(directory);
    store.save(cursor.path, cursor);
    const file = onlyFile();
    rmSync(file);
    createDirectoryCursorStore(file);
    expect(() => store.load(cursor.path)).toThrow(GapwatchError);
  });
});
