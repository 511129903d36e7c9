import { describe, expect, it } from 'vitest';
import { MOST_KEYS } from '../../src/store/series.ts';
import { openStore } from '../../src/store/store.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 1);

function filled() {
  const store = openStore(':memory:');
  const measurements = Array.from({ length: 12 * 60 }, (_, n) => ({
    metric: 'slots.used',
    key: 'w0',
    at: START + n * 5000,
    value: n,
  }));
  store.series.add(measurements);
  return store;
}

describe('series', () => {
  it('fold into minutes and quarters with min, max, sum, count and last', () => {
    const store = filled();
    store.series.rollUp(START + 60 * MINUTE, 30);
    const minutes = store.series.query('slots.used', START, START + 60 * MINUTE, '1m').get('w0') ?? [];
    expect(minutes).toHaveLength(60);
    expect(minutes[1]).toEqual({ at: START + MINUTE, min: 12, max: 23, sum: 210, count: 12, last: 23 });
    const quarters = store.series.query('slots.used', START, START + 60 * MINUTE, '15m').get('w0') ?? [];
    expect(quarters).toHaveLength(4);
    expect(quarters[0]).toMatchObject({ min: 0, max: 179, count: 180, last: 179 });
    store.close();
  });

  it('come out the same when they are folded at every minute instead of once', () => {
    const [often, once] = [filled(), filled()];
    for (let minute = 1; minute <= 60; minute++) often.series.rollUp(START + minute * MINUTE, 30);
    once.series.rollUp(START + 60 * MINUTE, 30);
    const all = (store: typeof often) => [...store.series.query('slots.used', START, START + 60 * MINUTE, '15m')];
    expect(all(often)).toEqual(all(once));
  });

  it('show the running minute, and count what comes late for the one before', () => {
    const store = openStore(':memory:');
    const seen = (resolution: '1m' | '15m') =>
      store.series
        .query('log.lines', START, START + 60 * MINUTE, resolution)
        .get('')
        ?.map(({ sum }) => sum);
    const line = (at: number) => store.series.add([{ metric: 'log.lines', key: '', at, value: 1, increment: true }]);
    line(START + 14 * MINUTE + 5_000);
    store.series.rollUp(START + 14 * MINUTE + 10_000, 30);
    expect([seen('1m'), seen('15m')]).toEqual([[1], [1]]);
    line(START + 15 * MINUTE + 5_000);
    store.series.rollUp(START + 15 * MINUTE + 10_000, 30);
    line(START + 14 * MINUTE + 50_000);
    line(START + 15 * MINUTE + 20_000);
    store.series.rollUp(START + 16 * MINUTE, 30);
    expect([seen('1m'), seen('15m')]).toEqual([
      [2, 2],
      [2, 2],
    ]);
    store.close();
  });

  it('leave a gap where nothing was measured', () => {
    const store = openStore(':memory:');
    store.series.add([
      { metric: 'fds.used', key: '', at: START, value: 5 },
      { metric: 'fds.used', key: '', at: START + 10 * MINUTE, value: 7 },
    ]);
    store.series.rollUp(START + 20 * MINUTE, 30);
    const points = store.series.query('fds.used', START, START + 20 * MINUTE, '1m').get('') ?? [];
    expect(points.map((point) => point.at)).toEqual([START, START + 10 * MINUTE]);
  });

  it('forget raw measurements after two days and keep the quarters', () => {
    const store = filled();
    store.series.rollUp(START + 60 * MINUTE, 30);
    store.series.rollUp(START + 3 * 24 * 60 * MINUTE, 30);
    expect(store.series.query('slots.used', 0, START * 2, 'raw').size).toBe(0);
    expect(store.series.query('slots.used', 0, START * 2, '15m').get('w0')).toHaveLength(4);
    store.series.rollUp(START + 31 * 24 * 60 * MINUTE, 30);
    expect(store.series.query('slots.used', 0, START * 2, '15m').size).toBe(0);
  });

  it('that began in a transaction that was rolled back begin again', () => {
    const store = openStore(':memory:');
    const add = () => store.series.add([{ metric: 'slots.used', key: 'w9', at: START, value: 7 }]);
    const failing = () =>
      store.database.transaction(() => {
        add();
        throw new Error('disk full');
      });
    expect(failing).toThrow('disk full');
    add();
    expect(store.series.query('slots.used', START, START + 1, 'raw').get('w9')).toMatchObject([{ last: 7 }]);
    store.close();
  });
});

it('go on being folded after the clock was set back by a day', () => {
  const store = openStore(':memory:');
  const DAY = 24 * 60 * MINUTE;
  const used = (at: number, value: number) => store.series.add([{ metric: 'slots.used', key: 'w0', at, value }]);
  used(START + DAY, 90);
  store.series.rollUp(START + DAY, 30);
  used(START + 20 * MINUTE, 70);
  store.series.rollUp(START + 20 * MINUTE, 30);
  const seen = store.series.query('slots.used', START, START + DAY, '15m').get('w0');
  expect(seen).toMatchObject([{ at: START + 15 * MINUTE, max: 70 }]);
  expect(store.series.query('slots.used', START + DAY, START + 2 * DAY, '15m').get('w0')).toMatchObject([{ max: 90 }]);
  store.close();
});

describe('keys that strangers send', () => {
  const HOUR = 60 * MINUTE;
  const keys = (store: ReturnType<typeof openStore>) =>
    Number(store.database.prepare('SELECT count(*) AS n FROM series').get()?.n);
  const one = (key: string, at: number) => ({ metric: 'upstream.requests', key, at, value: 1, increment: true });

  it('get a bounded number of series a day; what comes later is measured together', () => {
    const store = openStore(':memory:');
    store.series.add([one('10.0.0.5:80', START)]);
    for (let second = 1; second <= 20; second++) {
      const strangers = Array.from({ length: 100 }, (_, i) => one(`s${second}-${i}:80`, START + second * 1_000));
      store.series.add([...strangers, one('10.0.0.5:80', START + second * 1_000)]);
    }
    expect(keys(store)).toBe(MOST_KEYS + 1);
    store.series.rollUp(START + HOUR, 30);
    const sums = store.series.sums('upstream.requests', START, START + HOUR, '1m');
    expect(sums.get('10.0.0.5:80')).toBe(21);
    expect([...sums.values()].reduce((sum, value) => sum + value, 0)).toBe(2_021);
    expect(sums.get('*')).toBe(2_021 - 21 - (MOST_KEYS - 1));
    store.close();
  });

  it('have room again the next day', () => {
    const store = openStore(':memory:');
    store.series.add(Array.from({ length: MOST_KEYS + 10 }, (_, i) => one(`a${i}`, START)));
    store.series.add([one('new', START + 24 * HOUR)]);
    expect(store.series.sums('upstream.requests', START, START + 25 * HOUR, 'raw').get('new')).toBe(1);
    store.close();
  });
});
