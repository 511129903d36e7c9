/** Renders a picture: the uploaded PNG, else Slack's native chart of the same figures. The text is always added. */
import type { Picture, ReportChart } from '../ports.ts';
import type { Block } from './block.ts';
import { LIMITS } from './limits.ts';
import { context, plain } from './text.ts';

/** Evenly spread positions, the last one included. */
function spread(length: number, most: number): number[] {
  if (length <= most) return Array.from({ length }, (_, at) => at);
  return Array.from({ length: most }, (_, at) => Math.round((at * (length - 1)) / (most - 1)));
}

/** The types of @slack/bolt 5.1 lack this block. Null when Slack's chart cannot show the data. */
function nativeChart({ title, yLabel, categories, series }: ReportChart): Block | null {
  const label = (text: string) => plain(text, LIMITS.chartLabel).text;
  const shown = series.slice(0, LIMITS.chartSeries);
  // Every series needs a value everywhere, and a missing value must not become zero.
  const whole = categories.flatMap((_, at) => (shown.every(({ values }) => values[at] != null) ? [at] : []));
  const places = spread(whole.length, LIMITS.chartPoints).map((at) => whole[at] ?? 0);
  const names = places.map((at) => label(categories[at] ?? ''));
  if (shown.length === 0 || places.length < 2 || new Set(names).size < names.length) return null;
  const chart = {
    type: 'data_visualization',
    title: plain(title, LIMITS.chartTitle).text,
    chart: {
      type: 'line',
      series: shown.map(({ name, values }) => ({
        name: label(name),
        data: places.map((at, index) => ({ label: names[index], value: values[at] ?? 0 })),
      })),
      axis_config: { categories: names, y_label: plain(yLabel, LIMITS.chartTitle).text },
    },
  };
  return chart as unknown as Block;
}

/** `fileId`: the uploaded PNG, or null. */
export function pictureBlocks({ altText, chart }: Omit<Picture, 'png'>, fileId: string | null): Block[] {
  if (fileId !== null)
    return [{ type: 'image', slack_file: { id: fileId }, alt_text: plain(altText, LIMITS.altText).text }];
  const native = chart === null ? null : nativeChart(chart);
  return [...(native === null ? [] : [native]), context(altText)];
}

/** The parts that a message can lose: Slack refuses an unscanned file and, in old workspaces, the native chart. */
export const isPicture = ({ type }: { readonly type?: unknown }): boolean =>
  type === 'image' || type === 'data_visualization';
