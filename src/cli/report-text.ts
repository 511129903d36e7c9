/** Formats a report (digest, audit, doctor) for a terminal. */
import type { Report } from '../slack/ports.ts';
import { terminalSafe } from './diagnosis-text.ts';

function tableLines(table: readonly (readonly string[])[]): string[] {
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd());
}

/** The text is safe for a terminal and ends in a newline. */
export function reportText(report: Report): string {
  const parts = [
    [report.title, `  ${report.lead}`],
    report.lines.map((line) => `  ${line}`),
    report.table === null ? [] : tableLines(report.table),
    report.snippet === null ? [] : report.snippet.split('\n').map((line) => `    ${line}`),
    report.footnotes.map((line) => `  ${line}`),
  ];
  const text = parts.filter((lines) => lines.length > 0).map((lines) => lines.map(terminalSafe).join('\n'));
  return `${text.join('\n\n')}\n`;
}
