/** Builds the echarts option of the incident picture: slots above, refused connections below, one time axis. */
import type { IncidentPicture } from './incident-picture.ts';
import { GRID, GROUND, headline, INK, MUTED, text, VERMILION, WORKER_COLOURS } from './palette.ts';

const TICKS = 6;
const MINUTE_MS = 60_000;

/**
 * All labels have the same format, or echarts draws a short one between two that it hides. Seconds when ticks are that
 * close.
 */
const clock =
  (spanMs: number) =>
  (wall: number): string =>
    new Date(wall).toISOString().slice(11, spanMs < TICKS * MINUTE_MS ? 19 : 16);

const REFUSED = 'Refused connections';

function slots({ workers, slotLimit }: IncidentPicture) {
  const limit = {
    symbol: 'none',
    silent: true,
    lineStyle: { color: VERMILION, type: 'solid' as const, width: 2 },
    label: {
      ...text(12, VERMILION, 'bold'),
      formatter: `Limit: ${slotLimit} slots a worker`,
      position: 'insideStartTop' as const,
    },
    data: slotLimit === null ? [] : [{ yAxis: slotLimit }],
  };
  return workers.map(({ name, points }, index) => ({
    type: 'line' as const,
    name: `Worker ${name}`,
    data: points.map(([at, used]) => [at, used ?? '-']),
    showSymbol: false,
    lineStyle: { width: 2.5, color: WORKER_COLOURS[index] ?? INK },
    itemStyle: { color: WORKER_COLOURS[index] ?? INK },
    ...(index === 0 ? { markLine: limit } : {}),
  }));
}

function axes({ workers, refused, slotLimit }: IncidentPicture) {
  const times = [...workers.flatMap(({ points }) => points.map(([at]) => at)), ...refused.map(([at]) => at)];
  const [min, max] = [Math.min(...times), Math.max(...times)];
  const x = { type: 'time' as const, min, max, splitLine: { show: false } };
  const y = {
    type: 'value' as const,
    min: 0,
    axisLabel: text(12),
    splitLine: { showMaxLine: false, lineStyle: { color: GRID } },
  };
  const highest = Math.max(1, ...workers.flatMap(({ points }) => points.map(([, used]) => used ?? 0)));
  const top = Math.ceil(Math.max(slotLimit ?? 0, highest) * 1.14);
  const most = Math.max(4, ...refused.map(([, count]) => count));
  const label = { ...text(12), formatter: clock(max - min), hideOverlap: true, minMargin: 16 };
  return {
    xAxis: [
      {
        ...x,
        gridIndex: 0,
        axisLabel: { show: false },
        axisTick: { show: false },
        axisLine: { lineStyle: { color: MUTED } },
      },
      { ...x, gridIndex: 1, axisLabel: label, splitNumber: TICKS, axisLine: { lineStyle: { color: MUTED } } },
    ],
    yAxis: [
      { ...y, gridIndex: 0, max: top, axisLabel: { ...text(12), showMaxLabel: false } },
      { ...y, gridIndex: 1, max: most, interval: most, splitLine: { show: false } },
    ],
  };
}

const refusals = (data: IncidentPicture['refused']) => ({
  type: 'bar' as const,
  name: REFUSED,
  xAxisIndex: 1,
  yAxisIndex: 1,
  barWidth: 4,
  itemStyle: { color: VERMILION },
  data,
});

/** For `setOption`, at 640 × 320. */
export function incidentOption(picture: IncidentPicture) {
  const { refused, title, left, workers } = picture;
  const more = left === 0 ? '' : ` (${left} cooler workers not drawn)`;
  return {
    animation: false,
    useUTC: true,
    backgroundColor: GROUND,
    title: headline(title + more, 608, 16),
    legend: {
      data: [...workers.map(({ name }) => `Worker ${name}`), ...(refused.length > 0 ? [REFUSED] : [])],
      left: 13,
      top: 38,
      icon: 'roundRect',
      itemWidth: 14,
      itemHeight: 10,
      itemGap: 12,
      textStyle: text(12),
    },
    grid: [
      { left: 60, right: 24, top: 72, bottom: 96 },
      { left: 60, right: 24, height: 44, bottom: 32 },
    ],
    ...axes(picture),
    series: [...slots(picture), refusals(refused)],
  };
}
