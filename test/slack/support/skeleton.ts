/**
 * Reduces Block Kit JSON to what every run of an incident has in common: blocks, controls, titles and texts about
 * people. Leaves out sentences and figures of the run, and parts that depend on the test user's rights.
 */
import type { Json } from '../../../src/demo/local-slack/state/json.ts';

/** Lines of a context block that every run has at their time. */
const STEADY_LINE = /^(?:Acknowledged by <@\w+>|Snoozed until|Resolved|Updated|Next digest)/;
/** Present only where something is hidden from the test user. */
const BLIND = new Set(['What could not be observed', 'Blind spots']);

const LEFT_OUT = new Set(['block_id', 'value', 'verbatim', 'emoji', 'slack_file', 'alt_text', 'column_settings']);
const tidy = (text: string): string =>
  text
    .replace(/<!date[^>]+>/g, 'TIME')
    .replace(/\S*\/nginx\.conf:\d+/, 'nginx.conf:#')
    .replace(/(?<!web-)\d[\d.,:]*(?: \w+ago)?/g, '#');

/** The bold line above a list or code block. */
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

/** A block without the parts that depend on the run; null when its presence does. */
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
