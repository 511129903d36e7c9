import { describe, expect, it } from 'vitest';
import { digestChart, incidentChart } from '../../src/digest/chart.ts';
import { digestOption } from '../../src/digest/digest-option.ts';
import type { DigestPicture } from '../../src/digest/digest-picture.ts';
import { incidentOption } from '../../src/digest/incident-option.ts';
import { incidentPicture } from '../../src/digest/incident-picture.ts';
import type { Bucket } from '../../src/digest/measure.ts';
import { headline } from '../../src/digest/palette.ts';

const HOUR_MS = 3_600_000;
const NOW = Date.parse('2026-11-21T09:00:00Z');

const picture: DigestPicture = {
  title: 'web-1 reaches 80% of its slots in about 9 days (5–16)',
  altText: '…',
  slotLimit: 1024,
  points: Array.from({ length: 72 }, (_, hour) => [
    NOW - (72 - hour) * HOUR_MS,
    hour > 20 && hour < 30 ? null : 0.4 + 0.2 * Math.sin(hour / 4),
  ]),
  nowMs: NOW,
  ahead: [1, 2, 3].map((day) => ({ at: NOW + day * 24 * HOUR_MS, value: 0.7, low: 0.6, high: 0.85 })),
  incidents: [{ from: NOW - 5 * HOUR_MS, cause: 'slow-upstream' }],
};

const sizeOf = (png: Uint8Array): readonly number[] => {
  const view = new DataView(png.buffer, png.byteOffset);
  return [view.getUint32(16), view.getUint32(20)];
};

describe('the picture of the digest', () => {
  it('is a PNG of twice 760 × 400, small enough for a message', () => {
    const png = digestChart(picture);
    expect([...png.slice(1, 4)]).toEqual([...Buffer.from('PNG')]);
    expect(sizeOf(png)).toEqual([1520, 800]);
    expect(png.length).toBeLessThan(300_000);
  });

  it('writes its text with the shipped font', () => {
    const blank = { ...picture, title: '' };
    expect(digestChart(picture).length).toBeGreaterThan(digestChart(blank).length + 3_000);
  });

  it('leaves a gap without measurements', () => {
    const [past] = digestOption(picture).series;
    const gap = past?.data.filter((_, index) => index > 20 && index < 30) as readonly (readonly unknown[])[];
    expect(gap.map((point) => point[1])).toEqual(Array(9).fill('-'));
  });

  it('shrinks a long headline to keep the days in it, and cuts it only when it is still too long', () => {
    const fontSize = (words: string) => headline(words, 728, 18).textStyle.fontSize;
    const long = picture.title.replace('web-1', 'ingress-nginx-controller-8p8vj.example.com');
    expect([fontSize(picture.title), fontSize(long)]).toEqual([18, 15]);
    expect(headline(long, 728, 18).text).toBe(long);
    expect(headline('w'.repeat(200), 728, 18)).toMatchObject({ text: `${'w'.repeat(115)}…` });
  });

  it('places the name of an incident where it fits: right of the pin at the axis, else left', () => {
    const points = picture.points.slice(-24);
    const sides = digestOption({
      ...picture,
      points,
      incidents: [8, 20].map((hour) => ({ from: points[hour]?.[0] ?? 0, cause: 'slow-upstream' })),
    }).series.find(({ name }) => name === 'Incident')?.data;
    expect(sides).toMatchObject([{ label: { position: 'right' } }, { label: { position: 'left' } }]);
  });

  it('is drawn without limit, forecast and incidents', () => {
    const bare = digestChart({ ...picture, slotLimit: null, ahead: [], incidents: [] });
    expect(sizeOf(bare)).toEqual([1520, 800]);
  });
});

describe('the picture of an incident', () => {
  const at = (index: number): number => NOW - (60 - index) * 5_000;
  const bucket = (index: number, value: number): Bucket => ({
    at: at(index),
    min: value,
    max: value,
    sum: value,
    count: 1,
    last: value,
  });
  const rows = (values: readonly number[]): Bucket[] => values.map((value, index) => bucket(index, value));
  const series = (metric: string): ReadonlyMap<string, readonly Bucket[]> =>
    new Map<string, readonly Bucket[]>(
      metric === 'slots.used'
        ? [
            ['w0', rows([10, 20, 30])],
            ['w1', [bucket(0, 40), bucket(1, 64), bucket(20, 50)]],
          ]
        : metric === 'slots.limit'
          ? [['', rows([64])]]
          : metric === 'status.dropped'
            ? [['', rows([0, 3, 4])]]
            : [],
    );
  const moment = { host: 'web-1', cause: 'slot-capacity', wall: (time: number) => time };

  it('shows the hottest worker first, with gaps without samples', () => {
    const seen = incidentPicture(moment, series);
    expect(seen?.workers.map(({ name }) => name)).toEqual(['w1', 'w0']);
    expect(seen?.workers[0]?.points.map(([, used]) => used)).toEqual([40, 64, null, 50]);
    expect(seen?.altText).toContain('the hottest reached 64 of 64; 7 connections were refused');
  });

  it.each([
    ['with seconds where they are close', 20_000, '22:44:00'],
    ['without where they are not', 900_000, '22:44'],
  ])('formats all time labels alike, %s', (_how, spanMs, label) => {
    const minute = Date.UTC(2026, 10, 21, 22, 44);
    const points = [minute - spanMs / 2, minute + spanMs / 2].map((time): [number, number] => [time, 1]);
    const { xAxis } = incidentOption({
      ...(incidentPicture(moment, series) ?? expect.fail('no picture')),
      workers: [{ name: 'w0', points }],
      refused: [],
    });
    const labels = xAxis.flatMap(({ axisLabel }) => ('formatter' in axisLabel ? [axisLabel.formatter(minute)] : []));
    expect(labels).toEqual([label]);
  });

  it('is a PNG, or null without slot samples', () => {
    const seen = incidentPicture(moment, series);
    expect(seen === null ? [] : sizeOf(incidentChart(seen))).toEqual([1280, 640]);
    expect(incidentPicture(moment, () => new Map())).toBeNull();
  });
});
