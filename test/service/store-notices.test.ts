/** Notices about the store's file, through the whole service. Incidents are posted all the same. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLogger } from '../../src/core/logger.ts';
import { storeItem } from '../../src/service/store-notices.ts';
import { openServiceStore, openStore, type Store } from '../../src/store/store.ts';
import { BEGAN, lifeRig } from '../slack/support/life-rig.ts';
import { CHANNEL } from '../slack/support/rig.ts';
import { clockAt } from '../support/clock-at.ts';

let folder: string;
let path: string;
let store: Store | null = null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapwatch-notices-'));
  path = join(folder, 'gapwatch.db');
});
afterEach(() => {
  store?.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(): Store {
  store = openServiceStore(path, { clock: clockAt(() => BEGAN), logger: silentLogger });
  return store;
}

it('posts an incident on a full disk, edits it when there is room, and reports both states once', async () => {
  const life = await lifeRig({ store: open() });
  const texts = () => life.bench.messages(CHANNEL).map(({ text }) => String(text));
  await life.play(20, { slots: [100, 90] });
  store?.database.exec('PRAGMA max_page_count = 1');
  for (let at = 0; at < 200; at++) await life.play(1, { slots: [100, 90] });
  await life.play(10, { slots: [512, 130], refused: 4 });
  const parents = () =>
    life.bench
      .messages(CHANNEL)
      .filter(
        ({ thread_ts, ts, text }) => (thread_ts === undefined || thread_ts === ts) && !String(text).includes('store'),
      );
  expect(parents()).toHaveLength(1);
  expect(storeItem(path, store?.health ?? fail())).toMatchObject({
    what: 'store',
    ok: false,
    detail: expect.stringContaining('gapwatch continues in memory'),
    remedy: expect.stringContaining('df -h'),
  });
  life.repeat(20_000);
  await life.settled();
  expect(store?.health.trouble()).toBeNull();
  await life.play(120, { slots: [100, 90] });
  life.repeat(20_000);
  await life.settled();
  expect(parents()).toHaveLength(1);
  expect(texts().filter((text) => text.startsWith('The store cannot be written: web-1'))).toHaveLength(1);
  expect(texts().filter((text) => text.startsWith('The store can be written again: web-1'))).toHaveLength(1);
  store?.close();
  const again = openStore(path);
  expect(again.incidents.since(0)).toMatchObject([{ cause: 'slot-capacity' }]);
  again.close();
}, 60_000);

it('reports a damaged store in Slack at the start, with the loss and the new place of the file', async () => {
  writeFileSync(path, 'this is not a database, not at all'.repeat(100));
  const life = await lifeRig({ store: open() });
  await life.settled();
  const said = JSON.stringify(life.bench.messages(CHANNEL));
  expect(said).toContain('The store was damaged: web-1');
  expect(said).toContain(`${path}.damaged-`);
  expect(said).toContain('positions, open incidents and message ids were lost; messages may repeat');
  expect(storeItem(path, store?.health ?? fail())).toMatchObject({ ok: true, detail: path });
});

function fail(): never {
  throw new Error('there is no store');
}
