/**
 * Renders the data_visualization block as SVG: line, area, bar and pie. The style sheet colours each series by number.
 */
import { isJson, type Json, jsonList } from '../state/json.ts';
import { type Html, html } from './html.ts';

const WIDTH = 560;
const HEIGHT = 220;
const LEFT = 46;
const BOTTOM = 28;
const TOP = 10;
const RIGHT = 12;

interface Series {
  readonly name: string;
  readonly values: readonly number[];
}

interface Plot {
  readonly series: readonly Series[];
  readonly categories: readonly string[];
  readonly max: number;
  readonly min: number;
}

function readPlot(chart: Json): Plot {
  const axis = isJson(chart.axis_config) ? chart.axis_config : {};
  const categories = (Array.isArray(axis.categories) ? axis.categories : []).map(String);
  const series = jsonList(chart.series).map((one) => {
    const points = new Map(jsonList(one.data).map((point) => [String(point.label), Number(point.value)]));
    return { name: String(one.name), values: categories.map((label) => points.get(label) ?? 0) };
  });
  const all = series.flatMap(({ values }) => values);
  return { series, categories, max: niceCeiling(Math.max(...all, 0)), min: Math.min(...all, 0) };
}

/** The next number that divides well by four, so that the grid has round levels. */
function niceCeiling(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10].find((factor) => factor * power >= value) ?? 10;
  return step * power;
}

function x(plot: Plot, at: number): number {
  const inner = WIDTH - LEFT - RIGHT;
  return LEFT + (inner * (at + 0.5)) / Math.max(1, plot.categories.length);
}

function y(plot: Plot, value: number): number {
  const inner = HEIGHT - TOP - BOTTOM;
  return TOP + inner * (1 - (value - plot.min) / (plot.max - plot.min));
}

function shortNumber(value: number): string {
  return new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 }).format(value);
}

function axes(plot: Plot): Html {
  const levels = [0, 0.25, 0.5, 0.75, 1].map((share) => plot.min + (plot.max - plot.min) * share);
  const every = Math.ceil(plot.categories.length / 8);
  const lines = levels.map((level) => {
    const at = y(plot, level).toFixed(1);
    return html`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}"/><text class="tick" x="${LEFT - 8}" y="${at}" dy="4" text-anchor="end">${shortNumber(level)}</text>`;
  });
  const labels = plot.categories.map((label, at) =>
    at % every === 0
      ? html`<text class="tick" x="${x(plot, at).toFixed(1)}" y="${HEIGHT - 8}" text-anchor="middle">${label}</text>`
      : html``,
  );
  return html`${lines}${labels}`;
}

function lineOf(plot: Plot, series: Series, number: number, filled: boolean): Html {
  const points = series.values.map((value, at) => `${x(plot, at).toFixed(1)},${y(plot, value).toFixed(1)}`);
  const base = y(plot, Math.max(0, plot.min)).toFixed(1);
  const last = x(plot, series.values.length - 1).toFixed(1);
  const area = filled
    ? html`<polygon class="area series-${number}" points="${x(plot, 0).toFixed(1)},${base} ${points.join(' ')} ${last},${base}"/>`
    : html``;
  return html`${area}<polyline class="line series-${number}" points="${points.join(' ')}"/>`;
}

function bars(plot: Plot): Html {
  const slot = (WIDTH - LEFT - RIGHT) / Math.max(1, plot.categories.length);
  const width = Math.min(42, (slot * 0.7) / Math.max(1, plot.series.length));
  const base = y(plot, Math.max(0, plot.min));
  return html`${plot.series.map(({ values }, number) =>
    values.map((value, at) => {
      const left = x(plot, at) - (width * plot.series.length) / 2 + width * number;
      const top = Math.min(base, y(plot, value));
      return html`<rect class="bar series-${number}" x="${left.toFixed(1)}" y="${top.toFixed(1)}" width="${(width - 2).toFixed(1)}" height="${Math.abs(base - y(plot, value)).toFixed(1)}" rx="2"/>`;
    }),
  )}`;
}

function pie(chart: Json): { readonly drawing: Html; readonly names: readonly string[] } {
  const segments = jsonList(chart.segments).map(({ label, value }) => ({ label: String(label), value: Number(value) }));
  const total = segments.reduce((sum, { value }) => sum + value, 0) || 1;
  const round = 2 * Math.PI * 70;
  let before = 0;
  const slices = segments.map(({ value }, number) => {
    const share = value / total;
    // The stroke of a circle as the slice: without arc arithmetic, and with a full ring for a single segment.
    const slice = html`<circle class="slice series-${number}" cx="${WIDTH / 2}" cy="${HEIGHT / 2}" r="70" transform="rotate(-90 ${WIDTH / 2} ${HEIGHT / 2})" stroke-dasharray="${(share * round).toFixed(2)} ${round.toFixed(2)}" stroke-dashoffset="${(-before * round).toFixed(2)}"/>`;
    before += share;
    return slice;
  });
  const names = segments.map(({ label, value }) => `${label} ${Math.round((value / total) * 100)}%`);
  return { drawing: html`${slices}`, names };
}

export function chart(block: Json): Html {
  const facts = isJson(block.chart) ? block.chart : {};
  const axis = isJson(facts.axis_config) ? facts.axis_config : {};
  const plot = readPlot(facts);
  const round = facts.type === 'pie' ? pie(facts) : null;
  const marks =
    facts.type === 'bar'
      ? bars(plot)
      : html`${plot.series.map((series, number) => lineOf(plot, series, number, facts.type === 'area'))}`;
  const names = round?.names ?? plot.series.map(({ name }) => name);
  return html`<figure class="chart"><figcaption>${String(block.title)}</figcaption>
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${String(block.title)}">${round?.drawing ?? html`${axes(plot)}${marks}`}</svg>
    ${axis.x_label !== undefined && html`<small>${String(axis.y_label ?? '')} by ${String(axis.x_label)}</small>`}
    <ul>${names.map((name, number) => html`<li class="series-${number}">${name}</li>`)}</ul></figure>`;
}
