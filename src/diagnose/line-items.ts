/** Makes the evidence item for one kind of log line. Empty when there is no such line. */
import type { EvidenceItem } from '../core/diagnosis.ts';
import type { Lines } from '../findings/log.ts';
import { item } from './words.ts';

export function lineItems(
  signal: string,
  lines: Lines | null,
  text: (lines: Lines) => string,
): readonly EvidenceItem[] {
  return lines === null
    ? []
    : [item(signal, { value: lines.count, unit: 'lines', text: text(lines), at: lines.lastAt })];
}
