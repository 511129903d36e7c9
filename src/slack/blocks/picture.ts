/** A picture in a message: the uploaded PNG, else Slack's own chart of the same figures, else the words; words always. */
import type { Picture, ReportChart } from '../ports.ts';
import type { Block } from './block.ts';
import { LIMITS } from './limits.ts';
import { context, plain } from './text.ts';

/** Places of `all`, evenly spread, the last always among them. */
function spread(length: number, most: number): number[] {
  if (length <= most) return Array.from({ length }, (_, at) => at);
  return Array.from({ length: most }, (_, at) => Math.round((at * (length - 1)) / (most - 1)));
}

/** Types of @slack/bolt 5.1 do not know this block yet. Null: Slack's chart could not show it. */
function nativeChart({ title, yLabel, categories, series }: ReportChart): Block | null {
  const label = (text: string) => plain(text, LIMITS.chartLabel).text;
  const shown = series.slice(0, LIMITS.chartSeries);
  // Every series needs a value everywhere, and what was not measured must not become a zero.
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

/** `fileId`: the uploaded PNG, or null when there is none. */
export function pictureBlocks({ altText, chart }: Omit<Picture, 'png'>, fileId: string | null): Block[] {
  if (fileId !== null)
    return [{ type: 'image', slack_file: { id: fileId }, alt_text: plain(altText, LIMITS.altText).text }];
  const native = chart === null ? null : nativeChart(chart);
  return [...(native === null ? [] : [native]), context(altText)];
}

/** What a message can do without: Slack refuses a file it has not scanned and, in old workspaces, its own chart. */
export const isPicture = ({ type }: { readonly type?: unknown }): boolean =>
  type === 'image' || type === 'data_visualization';
