import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLogger } from '../../src/core/logger.ts';
import { examineStore } from '../../src/store/examine.ts';
import { openServiceStore } from '../../src/store/store.ts';
import { clockAt } from '../support/clock-at.ts';

const AT = Date.parse('2026-11-21T12:00:00.000Z');
let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapwatch-examine-'));
  path = join(folder, 'gapwatch.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = () => openServiceStore(path, { clock: clockAt(() => AT), logger: silentLogger });

it('a store is named with the service that runs on it', () => {
  expect(examineStore(path)).toEqual([
    { ok: true, detail: expect.stringContaining('does not exist yet'), remedy: null },
  ]);
  const store = open();
  expect(examineStore(path)[0]?.detail).toMatch(/; pid \d+ on \S+ runs on it since 2026-11-21T12:00:00\.000Z$/);
  store.close();
  expect(examineStore(path)).toEqual([{ ok: true, detail: `${path}; no service runs on it`, remedy: null }]);
});

it('a damaged store and one that was moved aside are reported with a remedy', () => {
  writeFileSync(path, 'this is not a database, not at all'.repeat(100));
  expect(examineStore(path)).toEqual([
    { ok: false, detail: expect.stringContaining('is damaged'), remedy: expect.stringContaining('gapwatch run') },
  ]);
  open().close();
  expect(examineStore(path)).toEqual([
    expect.objectContaining({ ok: true }),
    {
      ok: false,
      detail: expect.stringContaining(`a damaged store was moved to ${path}.damaged-20261121T120000Z`),
      remedy: expect.stringContaining(`rm -f ${path}.damaged-20261121T120000Z`),
    },
  ]);
});

it('a store in a folder that others can write is reported with the command that fixes it', () => {
  if (process.getuid?.() !== 0) return; // Another user trusts its own folders.
  open().close();
  chmodSync(folder, 0o777);
  expect(examineStore(path)).toEqual([
    {
      ok: false,
      detail: expect.stringContaining('can be written by everybody'),
      remedy: expect.stringContaining(`chmod go-w ${folder}`),
    },
  ]);
});
