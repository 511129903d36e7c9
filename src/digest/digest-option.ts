/**
 * Builds the echarts option of the digest picture: past peaks as an area, the forecast as a band, the limit as a line.
 */

import { dayAndMonth, hourMinute } from '../core/wall-clock.ts';
import type { DigestPicture } from './digest-picture.ts';
import { BLUE, BOLD_WIDTH, GRID, GROUND, headline, INK, MUTED, ORANGE, text, VERMILION, WIDTH } from './palette.ts';

const DAY_MS = 86_400_000;
const MOST_LABELS = 12;
const FEW_DAYS = 3;
/** More names would overlap. */
const MOST_NAMED = 3;
const PIN_PX = 24;
/** Margin of the plot in px. */
const LEFT = 60;
const RIGHT = 24;

const PAST = 'Hottest worker, peak of each hour';
const AHEAD = 'Expected daily peak, 80% interval';
const INCIDENT = 'Incident';

/** Round times with room for their labels: quarters of a day, or midnights. */
function ticks(from: number, to: number): number[] {
  const days = (to - from) / DAY_MS;
  const step = days <= FEW_DAYS ? DAY_MS / 4 : Math.ceil(days / MOST_LABELS) * DAY_MS;
  const first = Math.ceil(from / step) * step;
  return Array.from({ length: Math.floor((to - first) / step) + 1 }, (_, index) => first + index * step);
}

const tickLabel = (at: number): string => (at % DAY_MS === 0 ? dayAndMonth(at) : hourMinute(at));

/** From the first point to a little after the last forecast day. */
function span({ points, ahead, nowMs }: DigestPicture): { readonly from: number; readonly to: number } {
  const last = ahead.at(-1);
  return { from: points[0]?.[0] ?? nowMs, to: last === undefined ? nowMs : last.at + DAY_MS / 4 };
}

function axes(picture: DigestPicture) {
  const { points, ahead } = picture;
  const { from, to } = span(picture);
  const top = Math.max(
    1.1,
    ...ahead.map(({ value }) => value + 0.06),
    ...points.map(([, ratio]) => (ratio ?? 0) + 0.1),
  );
  return {
    xAxis: {
      type: 'time' as const,
      min: from,
      max: to,
      axisLine: { lineStyle: { color: MUTED } },
      axisTick: { show: true, customValues: ticks(from, to), lineStyle: { color: MUTED } },
      axisLabel: { ...text(12), formatter: tickLabel, customValues: ticks(from, to), margin: 10 },
      splitLine: { show: false },
    },
    yAxis: {
      type: 'value' as const,
      min: 0,
      max: top,
      interval: 0.2,
      axisLabel: { ...text(12), formatter: (value: number) => (value > 1.01 ? '' : `${Math.round(value * 100)}%`) },
      splitLine: { showMaxLine: false, lineStyle: { color: GRID } },
    },
  };
}

function limitLabel({ slotLimit, ahead }: DigestPicture) {
  return {
    ...text(12, VERMILION, 'bold'),
    formatter: slotLimit === null ? 'Limit' : `Limit: ${slotLimit} slots a worker`,
    // There are no incidents over the forecast days, but the band may overlap the label.
    position: ahead.length > 0 ? ('insideEndTop' as const) : ('insideStartTop' as const),
    backgroundColor: GROUND,
    padding: [1, 3],
  };
}

function past(picture: DigestPicture) {
  const { points, nowMs, ahead } = picture;
  const line = (yAxis: number, type: 'solid' | 'dashed') => ({
    yAxis,
    lineStyle: { color: VERMILION, type, width: 2 },
    label: { show: false },
  });
  const now = {
    xAxis: nowMs,
    lineStyle: { color: MUTED, type: 'solid' as const, width: 1 },
    label: { ...text(12), formatter: 'now', position: 'end' as const, distance: 4 },
  };
  return {
    type: 'line' as const,
    name: PAST,
    data: points.map(([at, ratio]) => [at, ratio ?? '-']),
    showSymbol: false,
    connectNulls: false,
    lineStyle: { color: BLUE, width: 1.5 },
    areaStyle: { color: BLUE, opacity: 0.22 },
    itemStyle: { color: BLUE },
    markLine: {
      symbol: 'none',
      silent: true,
      data: [
        { ...line(1, 'solid'), label: limitLabel(picture) },
        line(0.8, 'dashed'),
        ...(ahead.length > 0 ? [now] : []),
      ],
    },
  };
}

/** The lower bound as an invisible base, the rest of the band stacked on it, and the expected peak. */
function band({ ahead }: DigestPicture) {
  const unseen = { type: 'line' as const, stack: 'band', showSymbol: false, lineStyle: { opacity: 0 }, silent: true };
  return [
    { ...unseen, data: ahead.map(({ at, low }) => [at, low]) },
    {
      ...unseen,
      data: ahead.map(({ at, low, high }) => [at, high - low]),
      areaStyle: { color: ORANGE, opacity: 0.35 },
    },
    {
      type: 'line' as const,
      name: AHEAD,
      data: ahead.map(({ at, value }) => [at, value]),
      symbol: 'circle',
      symbolSize: 7,
      itemStyle: { color: ORANGE },
      lineStyle: { color: ORANGE, width: 2.5 },
    },
  ];
}

function marks(picture: DigestPicture) {
  const { incidents, points } = picture;
  const { from: first, to: last } = span(picture);
  const ratioAt = (at: number): number => points.findLast(([start]) => start <= at)?.[1] ?? 0;
  const fromAxisPx = (at: number): number => ((at - first) / (last - first)) * (WIDTH - LEFT - RIGHT);
  /** To the left, away from the line of now, when the name fits between the pin and the axis. */
  const side = (at: number, name: string): 'left' | 'right' =>
    fromAxisPx(at) > name.length * 12 * BOLD_WIDTH + PIN_PX ? 'left' : 'right';
  return {
    type: 'scatter' as const,
    name: INCIDENT,
    symbol: 'pin',
    symbolSize: PIN_PX,
    itemStyle: { color: INK, opacity: 1 },
    z: 5,
    labelLayout: { hideOverlap: true },
    data: incidents.map(({ from, cause }) => ({
      value: [from, ratioAt(from)],
      name: cause,
      label: { position: side(from, cause), offset: [0, -8] },
    })),
    label: {
      ...text(12, INK, 'bold'),
      show: incidents.length <= MOST_NAMED,
      distance: 3,
      formatter: '{b}',
      backgroundColor: GROUND,
      padding: [0, 2],
    },
  };
}

/** For `setOption`, at WIDTH × HEIGHT. */
export function digestOption(picture: DigestPicture) {
  const hasAhead = picture.ahead.length > 0;
  const hasIncidents = picture.incidents.length > 0;
  return {
    animation: false,
    useUTC: true,
    backgroundColor: GROUND,
    title: headline(picture.title, WIDTH - 32, 18),
    legend: {
      data: [PAST, ...(hasAhead ? [AHEAD] : []), ...(hasIncidents ? [INCIDENT] : [])],
      left: 16,
      top: 42,
      icon: 'roundRect',
      itemWidth: 14,
      itemHeight: 10,
      itemGap: 26,
      padding: [5, 5, 5, 3],
      textStyle: text(12),
    },
    grid: { left: LEFT, right: RIGHT, top: 88, bottom: 36 },
    ...axes(picture),
    series: [past(picture), ...(hasAhead ? band(picture) : []), ...(hasIncidents ? [marks(picture)] : [])],
  };
}
