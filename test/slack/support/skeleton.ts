/**
 * What every run of one incident has in common, as Block Kit JSON: blocks, controls, titles and the words about
 * people. Left out: the sentences and figures of the run, and what depends on the rights of whoever runs the test.
 */
import type { Json } from '../../../src/demo/local-slack/state/json.ts';

/** Lines of a context block that every run has once their time has come. */
const STEADY_LINE = /^(?:Acknowledged by <@\w+>|Snoozed until|Resolved|Updated|Next digest)/;
/** Only where something is hidden from us. */
const BLIND = new Set(['What could not be observed', 'Blind spots']);

const LEFT_OUT = new Set(['block_id', 'value', 'verbatim', 'emoji', 'slack_file', 'alt_text', 'column_settings']);
const tidy = (text: string): string =>
  text
    .replace(/<!date[^>]+>/g, 'TIME')
    .replace(/\S*\/nginx\.conf:\d+/, 'nginx.conf:#')
    .replace(/(?<!web-)\d[\d.,:]*(?: \w+ago)?/g, '#');

/** The bold line over a list or a code block. */
const titleOf = (block: Json): string =>
  /"style":\{"bold":true\}/.test(JSON.stringify(block))
    ? (/"text":"((?:[^"\\]|\\.)*)"/.exec(JSON.stringify(block))?.[1] ?? '')
    : '';

function strip(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(strip);
  if (typeof node !== 'object' || node === null) return typeof node === 'string' ? tidy(node) : node;
  return Object.fromEntries(
    Object.entries(node).flatMap(([key, value]) => (LEFT_OUT.has(key) ? [] : [[key, strip(value)]])),
  );
}

function contextLines({ elements }: Json): string[] {
  const texts = (elements as readonly Json[]).map(({ text }) => String(text));
  return texts.flatMap((text) => STEADY_LINE.exec(text)?.[0] ?? []);
}

const labels = ({ fields }: Json): unknown[] =>
  (fields as readonly Json[]).map(({ text }) => String(text).split('\n')[0]);

/** A block without what a run decides; null where even its being there is. */
function bones(block: Json): unknown {
  if (block.type === 'context') {
    const lines = contextLines(block);
    return lines.length === 0 ? null : { type: 'context', lines };
  }
  if (block.type === 'rich_text')
    return BLIND.has(titleOf(block)) ? null : { type: 'rich_text', title: tidy(titleOf(block)) };
  if (block.type === 'table') return { type: 'table', heading: strip((block.rows as unknown[])[0]) };
  if (block.type === 'section')
    return { type: 'section', ...(block.fields === undefined ? {} : { fields: labels(block) }) };
  return strip(block);
}

export const skeleton = (blocks: readonly Json[] = []): unknown[] =>
  blocks.map(bones).filter((block) => block !== null);
