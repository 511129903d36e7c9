import { describe, expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../../src/core/logger.ts';
import { createWallClock } from '../../../src/core/wall-clock.ts';
import { incidentPicture } from '../../../src/digest/incident-picture.ts';
import { createDrawing, type Drawing } from '../../../src/service/reports/drawing.ts';
import { createPictures } from '../../../src/service/reports/pictures.ts';
import { openStore } from '../../../src/store/store.ts';
import { incidentAt } from '../support/recorded-traffic.ts';

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

describe('drawing', () => {
  const picture = (): Drawing => {
    const seen = incidentPicture({ host: 'web-1', cause: 'slow-upstream', wall: createWallClock('UTC') }, (metric) => {
      const point = { at: NOW, min: 9, max: 9, sum: 9, count: 1, last: 9 };
      return metric === 'slots.used' ? new Map([['w0', [point, { ...point, at: NOW + 1_000 }]]]) : new Map();
    });
    if (seen === null) throw new Error('there is nothing to draw');
    return { kind: 'incident', picture: seen };
  };

  it('is drawn in a child process, one picture after the other', async () => {
    const drawing = createDrawing();
    const drawn = await Promise.all([drawing.draw(picture()), drawing.draw(picture())]);
    for (const one of drawn) expect('png' in one && one.png.length).toBeGreaterThan(1_000);
  });

  it('is not drawn after a stop', async () => {
    const drawing = createDrawing();
    const drawn = drawing.draw(picture());
    drawing.stop();
    expect(await drawn).toMatchObject({ failed: expect.any(String) });
    expect(await drawing.draw(picture())).toEqual({ failed: 'gapwatch stops' });
  });

  it('is an error when drawing fails', async () => {
    const broken = { kind: 'incident', picture: {} } as unknown as Drawing;
    expect(await createDrawing().draw(broken)).toMatchObject({ failed: expect.any(String) });
  });
});
