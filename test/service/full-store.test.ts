/** A store on a full disk, through the whole service: SQLite refuses every write. */
import { expect, it, vi } from 'vitest';
import { silentLogger } from '../../src/core/logger.ts';
import { openStore } from '../../src/store/store.ts';
import { lifeRig } from '../slack/support/life-rig.ts';
import { CHANNEL } from '../slack/support/rig.ts';

it('does not stop the watch, and posts each change once when there is room again', async () => {
  const store = openStore(':memory:');
  const error = vi.fn();
  const life = await lifeRig({ store, logger: { ...silentLogger, error } });
  const room = (pages: number) => store.database.exec(`PRAGMA max_page_count = ${pages}`);
  await life.play(20, { slots: [100, 90] });
  room(1);
  // Until the existing pages have no free space.
  for (let at = 0; at < 200; at++) await life.play(1, { slots: [100, 90] });
  await life.play(5, { slots: [430, 120] });
  await life.play(5, { slots: [512, 130], refused: 4 });
  life.minute();
  expect(life.standalone.service.diagnosis()).toMatchObject({ cause: 'slot-capacity', severity: 'critical' });
  expect(life.standalone.service.openIncidents()).toHaveLength(1);
  expect(store.incidents.open()).toEqual([]);
  const said = error.mock.calls.filter(([, words]) => String(words).startsWith('store not writable'));
  expect(said[0]?.[0]).toMatchObject({ err: expect.objectContaining({ code: 'SQLITE_FULL' }) });
  expect(said.length).toBeLessThanOrEqual(10);

  room(1_000_000);
  await life.play(1, { slots: [512, 130], refused: 4 });
  life.minute();
  await life.settled();
  expect(store.incidents.open()).toMatchObject([{ cause: 'slot-capacity', severity: 'critical' }]);
  const messages = life.bench.messages(CHANNEL);
  expect(messages.filter(({ thread_ts, ts }) => thread_ts === undefined || thread_ts === ts)).toHaveLength(1);
  const thread = messages.map(({ text }) => text).join('\n');
  for (const step of ['Opened: ', 'Worse: ']) expect(thread.split(step)).toHaveLength(2);
  expect(thread).not.toContain('it was muted');
  store.close();
}, 30_000);

it('does not keep the service from stopping', async () => {
  const store = openStore(':memory:');
  const life = await lifeRig({ store });
  store.database.exec('PRAGMA max_page_count = 1');
  for (let at = 0; at < 200; at++) await life.play(1, { slots: [430, 90] });
  await expect(life.standalone.stop()).resolves.toBeUndefined();
});
