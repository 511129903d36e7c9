import { describe, expect, it, onTestFinished } from 'vitest';
import { createPictures } from '../../src/app/pictures.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { openStore } from '../../src/store/store.ts';
import { incidentAt } from './support/recorded-traffic.ts';

const NOW = Date.parse('2026-11-21T09:00:00Z');

describe('the picture of an incident', () => {
  it('shows the ten minutes before it and nothing older', async () => {
    const store = openStore(':memory:');
    onTestFinished(() => store.close());
    const pictures = createPictures(store, 'UTC', silentLogger);
    const incident = incidentAt(NOW);
    expect(await pictures.incident(incident, NOW + 3_000)).toBeNull();
    const used = (at: number, value: number) => ({ metric: 'slots.used', key: 'w0', at, value });
    store.series.add([
      used(NOW - 11 * 60_000, 511),
      used(NOW - 60_000, 90),
      used(NOW - 5_000, 120),
      used(NOW + 2_000, 300),
    ]);
    store.series.add([{ metric: 'slots.limit', key: '', at: NOW - 60_000, value: 512 }]);
    const picture = await pictures.incident(incident, NOW + 3_000);
    expect(picture?.altText).toContain('before slow-upstream on web-1: the hottest reached 300 of 512');
    expect([...(picture?.png ?? []).slice(1, 4)]).toEqual([...Buffer.from('PNG')]);
  });
});
