/**
 * Enforces Slack's Block Kit limits, in characters unless named otherwise. Cuts long text and says so, because Slack
 * refuses the whole message otherwise. No other file cuts.
 */
import { cut } from '../../core/redact.ts';
import type { Block } from './block.ts';

export const LIMITS = {
  messageBlocks: 50,
  viewBlocks: 100,
  /** Slack refuses a message near 13,200 with `msg_blocks_too_long`. */
  allText: 13_000,
  fallbackText: 3_900,
  headerText: 150,
  sectionText: 3_000,
  fieldText: 2_000,
  fields: 10,
  contextElements: 10,
  buttonText: 75,
  value: 150,
  altText: 2_000,
  tableRows: 100,
  tableCells: 20,
  tableText: 10_000,
  modalTitle: 24,
  chartTitle: 50,
  chartLabel: 20,
  chartSeries: 6,
  chartPoints: 20,
  /** Our limit for a code block, so that one log line does not displace the rest. */
  preformatted: 3_000,
} as const;

interface TextLeaf {
  readonly type?: string;
  text: string;
}

/** Every object with a `text` string anywhere below `node`, in reading order. */
function leaves(node: unknown, found: TextLeaf[] = []): TextLeaf[] {
  if (Array.isArray(node)) for (const part of node) leaves(part, found);
  else if (typeof node === 'object' && node !== null) {
    const { text } = node as { text?: unknown };
    if (typeof text === 'string') found.push(node as TextLeaf);
    for (const part of Object.values(node)) if (typeof part === 'object') leaves(part, found);
  }
  return found;
}

const textOf = (node: unknown): number => leaves(node).reduce((sum, leaf) => sum + leaf.text.length, 0);

/** Characters of text in all blocks together. */
export function textLength(blocks: readonly Block[]): number {
  return textOf(blocks);
}

/** A broken end of cut mrkdwn: a part of an entity, a date or a mention. */
const HALF = /(?:&[a-z]{0,3}|<[^<>]{0,200})(?=… \(cut\)$)/;

function shorten(leaf: TextLeaf, max: number): void {
  if (leaf.text.length <= max) return;
  const text = cut(leaf.text, max);
  leaf.text = leaf.type === 'mrkdwn' ? text.replace(HALF, '') : text;
}

function fitTable(block: { rows: unknown[] }): void {
  let size = 0;
  const fits = (row: unknown, i: number): boolean => {
    size += textOf(row);
    return i < 2 || (i < LIMITS.tableRows && size <= LIMITS.tableText);
  };
  const end = block.rows.findIndex((row, i) => !fits(row, i));
  if (end >= 0) block.rows = block.rows.slice(0, end);
}

function fitBlock(block: Block): void {
  if (block.type === 'header') shorten(block.text, LIMITS.headerText);
  if (block.type === 'section') {
    if (block.text !== undefined) shorten(block.text, LIMITS.sectionText);
    if (block.fields !== undefined) {
      block.fields = block.fields.slice(0, LIMITS.fields);
      for (const field of block.fields) shorten(field, LIMITS.fieldText);
    }
  }
  if (block.type === 'context') block.elements = block.elements.slice(0, LIMITS.contextElements);
  if (block.type === 'context') for (const leaf of leaves(block)) shorten(leaf, LIMITS.fieldText);
  if (block.type === 'rich_text') for (const leaf of leaves(block)) shorten(leaf, LIMITS.preformatted);
  if (block.type === 'table') fitTable(block);
}

/** Removes the last row or list item. Returns its characters; null when the block has none to remove. */
function shed(block: Block): number | null {
  if (block.type === 'table' && block.rows.length > 2) return textOf(block.rows.pop());
  if (block.type !== 'rich_text') return null;
  const list = block.elements.find((element) => element.type === 'rich_text_list');
  return list !== undefined && list.elements.length > 1 ? textOf(list.elements.pop()) : null;
}

/** No text is cut below this length, which would make it useless. */
const LEAST_TEXT = 60;

/** The maximum length of each text so that all fit together. */
function lengthThatFits(lengths: readonly number[]): number {
  let left: number = LIMITS.allText;
  for (const [i, length] of lengths.toSorted((a, b) => a - b).entries()) {
    const share = Math.floor(left / (lengths.length - i));
    if (length > share) return Math.max(LEAST_TEXT, share);
    left -= length;
  }
  return Number.POSITIVE_INFINITY;
}

/**
 * Cuts the longest texts first. When all are short, removes the last row or item of the fullest block, or the block.
 */
function fitWhole(blocks: Block[]): void {
  const all = leaves(blocks);
  const most = lengthThatFits(all.map(({ text }) => text.length));
  for (const leaf of all) shorten(leaf, most);
  const sizes = blocks.map(textOf);
  // One pass: a diagnosis may hold thousands of items, and Slack waits only three seconds.
  for (let total = sizes.reduce((sum, size) => sum + size, 0); total > LIMITS.allText; ) {
    const fullest = sizes.indexOf(Math.max(...sizes));
    const [block, size = 0] = [blocks[fullest], sizes[fullest]];
    const given = block === undefined ? null : shed(block);
    total -= given ?? size;
    sizes[fullest] = size - (given ?? size);
    if (given === null) {
      blocks.splice(fullest, 1);
      sizes.splice(fullest, 1);
    }
  }
}

/** The same blocks within every limit of the surface. Does not modify the input. */
export function fitBlocks(blocks: readonly Block[], surface: 'message' | 'view' = 'message'): Block[] {
  const most = surface === 'message' ? LIMITS.messageBlocks : LIMITS.viewBlocks;
  const fitted = structuredClone(blocks.slice(0, most)) as Block[];
  if (blocks.length > most) {
    const note = `${blocks.length - most + 1} more parts do not fit into one message.`;
    fitted[most - 1] = { type: 'context', elements: [{ type: 'plain_text', text: note }] };
  }
  for (const block of fitted) fitBlock(block);
  fitWhole(fitted);
  return fitted;
}
