import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import type { Logger } from '../../src/core/logger.ts';
import { createStoreCursors } from '../../src/service/store-cursors.ts';
import { createCursors } from '../../src/store/cursors.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import { createPulse } from '../../src/tail/pulse.ts';
import { createFileSource } from '../../src/tail/sources/file.ts';
import { ManualTicker } from '../torture/manual-ticker.ts';

let directory: string;
let database: ReturnType<typeof openDatabase>;
let warnings: object[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gapwatch-cursors-'));
  database = openDatabase(join(directory, 'store.db'));
  warnings = [];
});
afterEach(() => {
  database.close();
  rmSync(directory, { recursive: true });
});

const nothing = () => undefined;
const logger: Logger = { debug: nothing, info: nothing, warn: (fields) => warnings.push(fields), error: nothing };

/** What one run of the follower reads from `path`. */
async function readOnce(path: string): Promise<string> {
  let got = '';
  const ticker = new ManualTicker();
  const cursors = createStoreCursors({ cursors: createCursors(database), clock: systemClock, logger });
  const source = createFileSource(
    { path },
    { clock: systemClock, ticker, pulse: createPulse(ticker, { watch: false }), cursors },
    {
      deliver({ bytes }) {
        got += Buffer.from(bytes).toString();
      },
    },
  );
  await source.start();
  await source.stop();
  return got;
}

it('continues at the saved position, and starts at the end without one', async () => {
  const path = join(directory, 'app.log');
  writeFileSync(path, 'one\n');
  expect(await readOnce(path)).toBe('');
  appendFileSync(path, 'two\n');
  expect(await readOnce(path)).toBe('two\n');
  expect(warnings).toEqual([]);
});

for (const [what, json] of [
  ['that is of another shape', '{"version":99}'],
  ['that is no JSON', '{"versi'],
] as const)
  it(`reads the log again with a warning when a position ${what} would skip lines`, async () => {
    const path = join(directory, 'app.log');
    writeFileSync(path, 'one\n');
    await readOnce(path);
    appendFileSync(path, 'two\n');
    renameSync(path, `${path}.1`);
    writeFileSync(path, 'three\n');
    database.prepare('UPDATE cursor SET json = ?').run(json);
    expect(await readOnce(path)).toBe('one\ntwo\nthree\n');
    expect(warnings).toEqual([expect.objectContaining({ log: path })]);
    expect(await readOnce(path)).toBe('');
  });
