/** Renders a report (digest, audit, doctor) as a message: conclusion, lines, table, snippet. */
import type { Report } from '../ports.ts';
import type { Block, Rendered } from './block.ts';
import { fitBlocks } from './limits.ts';
import { pictureBlocks } from './picture.ts';
import { bullets, code, context, fallback, header, paragraph, table } from './text.ts';

/** `imageFileId`: its uploaded picture; without one the native chart, if there is one. */
export function reportMessage(report: Report, imageFileId: string | null = null): Rendered {
  const { altText = report.lead, chart = null } = report;
  const picture = imageFileId === null && chart === null ? [] : pictureBlocks({ altText, chart }, imageFileId);
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
