/** A finished report of another module (digest, audit, doctor) as a message: takeaway, lines, table, snippet. */
import type { Report, ReportChart } from '../ports.ts';
import type { Block, Rendered } from './block.ts';
import { fitBlocks } from './limits.ts';
import { bullets, code, context, fallback, header, paragraph, table } from './text.ts';

/** Slack's native chart; it is younger (June 2026) than bolt's types. */
function nativeChart({ title, yLabel, categories, series }: ReportChart): Block {
  const plotted = series.map(({ name, values }) => ({
    name,
    data: categories.map((label, index) => ({ label, value: values[index] ?? 0 })),
  }));
  const chart = { type: 'line', series: plotted, axis_config: { categories, y_label: yLabel } };
  return { type: 'data_visualization', title, chart } as object as Block;
}

/** `imageFileId`: an uploaded picture of it; without one the native chart, if there is one. */
export function reportMessage(report: Report, imageFileId: string | null = null): Rendered {
  const alt = fallback(report.altText ?? report.lead).slice(0, 1_900);
  const native = report.chart === undefined || report.chart.categories.length === 0 ? [] : [nativeChart(report.chart)];
  const picture: Block[] =
    imageFileId === null ? native : [{ type: 'image', slack_file: { id: imageFileId }, alt_text: alt }];
  const blocks: Block[] = [
    header(report.title),
    paragraph(report.lead),
    ...picture,
    ...(report.lines.length === 0 ? [] : [bullets('In detail', report.lines.slice(0, 40))]),
    ...(report.table === null ? [] : [table(report.table)]),
    ...(report.snippet === null ? [] : [code('To copy', report.snippet)]),
    ...(report.footnotes.length === 0 ? [] : [context(...report.footnotes.slice(0, 10))]),
  ];
  return { text: fallback(`${report.title}. ${report.lead}`), blocks: fitBlocks(blocks) };
}
