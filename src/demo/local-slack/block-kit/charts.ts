/**
 * Schema of the data_visualization block (docs.slack.dev/reference/block-kit/blocks/data-visualization-block, June
 * 2026).
 */
import { z } from 'zod';
import { CHART, ID_CHARS } from './limits.ts';

const label = z.string().min(1).max(CHART.labelChars);

const series = z.strictObject({
  name: label,
  data: z
    .array(z.strictObject({ label, value: z.number() }))
    .min(1)
    .max(CHART.points),
});

const axisConfig = z.strictObject({
  categories: z.array(label).min(1).max(CHART.points),
  x_label: z.string().max(CHART.axisLabelChars).optional(),
  y_label: z.string().max(CHART.axisLabelChars).optional(),
});

type Plotted = { readonly series: readonly z.infer<typeof series>[]; readonly axis_config: z.infer<typeof axisConfig> };

function uniqueNames({ series: all }: Plotted): boolean {
  return new Set(all.map(({ name }) => name)).size === all.length;
}

/** Every series has exactly one point for every category. */
function completeSeries({ series: all, axis_config: axis }: Plotted): boolean {
  const wanted = [...axis.categories].sort().join('\0');
  return all.every(
    ({ data }) =>
      data
        .map((point) => point.label)
        .sort()
        .join('\0') === wanted,
  );
}

function plotted<T extends 'bar' | 'area' | 'line'>(type: T) {
  return z
    .strictObject({
      type: z.literal(type),
      series: z.array(series).min(1).max(CHART.series),
      axis_config: axisConfig,
    })
    .refine(uniqueNames, 'series names must be unique')
    .refine(completeSeries, 'every series needs one point for every category');
}

const pie = z.strictObject({
  type: z.literal('pie'),
  segments: z
    .array(z.strictObject({ label, value: z.number().positive() }))
    .min(1)
    .max(CHART.segments),
});

export const dataVisualization = z.strictObject({
  type: z.literal('data_visualization'),
  block_id: z.string().min(1).max(ID_CHARS).optional(),
  title: z.string().min(1).max(CHART.titleChars),
  chart: z.discriminatedUnion('type', [pie, plotted('bar'), plotted('area'), plotted('line')]),
});
