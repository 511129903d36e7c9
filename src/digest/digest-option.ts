/** The picture of the digest as an echarts option: past as an area, forecast as a band, the limit as a line. */
import type { DigestPicture } from './digest-picture.ts';
import { BLUE, GRID, GROUND, INK, MUTED, ORANGE, text, VERMILION } from './palette.ts';
import { dayAndMonth, hourMinute } from './wall-clock.ts';

const DAY_MS = 86_400_000;
const MOST_LABELS = 12;
const FEW_DAYS = 3;
/** So many incidents can be named without covering each other. */
const MOST_NAMED = 3;

const PAST = 'Hottest worker, peak of each hour';
const AHEAD = 'Expected daily peak, 80 % interval';
const INCIDENT = 'Incident';

/** Round times, so far apart that their labels have room: quarters of a day, or midnights. */
function ticks(from: number, to: number): number[] {
  const days = (to - from) / DAY_MS;
  const step = days <= FEW_DAYS ? DAY_MS / 4 : Math.ceil(days / MOST_LABELS) * DAY_MS;
  const first = Math.ceil(from / step) * step;
  return Array.from({ length: Math.floor((to - first) / step) + 1 }, (_, index) => first + index * step);
}

const tickLabel = (at: number): string => (at % DAY_MS === 0 ? dayAndMonth(at) : hourMinute(at));

function axes({ points, ahead, nowMs }: DigestPicture) {
  const from = points[0]?.[0] ?? nowMs;
  const to = (ahead.at(-1)?.at ?? nowMs) + (ahead.length > 0 ? DAY_MS / 4 : 0);
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
      axisLabel: { ...text(12), formatter: (value: number) => (value > 1.01 ? '' : `${Math.round(value * 100)} %`) },
      splitLine: { showMaxLine: false, lineStyle: { color: GRID } },
    },
  };
}

function past({ points, slotLimit, nowMs, ahead }: DigestPicture) {
  /** Above the days to come there are no incidents to cover it. */
  const position = ahead.length > 0 ? ('insideEndTop' as const) : ('insideStartTop' as const);
  const line = (yAxis: number, type: 'solid' | 'dashed', label: string) => ({
    yAxis,
    lineStyle: { color: VERMILION, type, width: 2 },
    label: { ...text(12, VERMILION, 'bold'), formatter: label, position },
  });
  const now = {
    xAxis: nowMs,
    lineStyle: { color: MUTED, type: 'solid' as const, width: 1 },
    label: { ...text(12), formatter: 'now', position: 'end' as const, distance: 4 },
  };
  const limit = slotLimit === null ? 'Limit' : `Limit: ${slotLimit} slots a worker`;
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
      data: [line(1, 'solid', limit), line(0.8, 'dashed', ''), ...(ahead.length > 0 ? [now] : [])],
    },
  };
}

/** Low as an unseen floor, the rest of the band stacked on it, the expected peak over both. */
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

function marks({ incidents, points, nowMs }: DigestPicture) {
  const ratioAt = (at: number): number => points.findLast(([start]) => start <= at)?.[1] ?? 0;
  const first = points[0]?.[0] ?? nowMs;
  /** To the left, away from the line of now, wherever there is room. */
  const side = (at: number): 'left' | 'right' => (at > first + (nowMs - first) / 4 ? 'left' : 'right');
  return {
    type: 'scatter' as const,
    name: INCIDENT,
    symbol: 'pin',
    symbolSize: 24,
    itemStyle: { color: INK },
    z: 5,
    labelLayout: { hideOverlap: true },
    data: incidents.map(({ from, cause }) => ({
      value: [from, ratioAt(from)],
      name: cause,
      label: { position: side(from), offset: [0, -8] },
    })),
    label: { ...text(12, INK, 'bold'), show: incidents.length <= MOST_NAMED, distance: 3, formatter: '{b}' },
  };
}

export function digestOption(picture: DigestPicture) {
  const hasAhead = picture.ahead.length > 0;
  const hasIncidents = picture.incidents.length > 0;
  return {
    animation: false,
    useUTC: true,
    backgroundColor: GROUND,
    title: {
      text: picture.title,
      left: 16,
      top: 12,
      textStyle: { ...text(18, INK, 'bold'), width: 640, overflow: 'truncate' },
    },
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
    grid: { left: 60, right: 24, top: 88, bottom: 36 },
    ...axes(picture),
    series: [past(picture), ...(hasAhead ? band(picture) : []), ...(hasIncidents ? [marks(picture)] : [])],
  };
}
