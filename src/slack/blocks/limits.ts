/**
 * Slack's Block Kit limits, in characters unless named otherwise, and the one place that enforces them: whatever is
 * too long is cut with words that say so, because a refused message is worse than a short one.
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
  /** Our own bound for one code block, so that one log line cannot crowd out the rest. */
  preformatted: 3_000,
} as const;

interface TextLeaf {
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

/** Characters of text in all blocks together. */
export function textLength(blocks: readonly Block[]): number {
  return leaves(blocks).reduce((sum, leaf) => sum + leaf.text.length, 0);
}

/** Cuts escaped mrkdwn too: never leaves half an entity behind. */
function shorten(leaf: TextLeaf, max: number): void {
  if (leaf.text.length <= max) return;
  leaf.text = cut(leaf.text, max).replace(/&[a-z]{0,3}(?=… \(cut\)$)/, '');
}

function fitTable(block: { rows: unknown[] }): void {
  block.rows = block.rows.slice(0, LIMITS.tableRows);
  const size = (): number => leaves(block).reduce((sum, leaf) => sum + leaf.text.length, 0);
  while (size() > LIMITS.tableText && block.rows.length > 2) block.rows.pop();
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

/** Takes the last row or list item away; false when the block has none to spare. */
function shed(block: Block): boolean {
  if (block.type === 'table' && block.rows.length > 2) return block.rows.pop() !== undefined;
  if (block.type !== 'rich_text') return false;
  const list = block.elements.find((element) => element.type === 'rich_text_list');
  return list !== undefined && list.elements.length > 1 && list.elements.pop() !== undefined;
}

/** Cuts the longest text first; when all are short, the fullest block gives up its last row, item, or itself. */
function fitWhole(blocks: Block[]): void {
  let total = textLength(blocks);
  while (total > LIMITS.allText) {
    const longest = leaves(blocks).reduce((worst, leaf) => (leaf.text.length > worst.text.length ? leaf : worst));
    if (longest.text.length > 60) shorten(longest, Math.max(60, Math.floor(longest.text.length * 0.7)));
    else {
      const sizes = blocks.map((block) => textLength([block]));
      const fullest = sizes.indexOf(Math.max(...sizes));
      const block = blocks[fullest];
      if (block === undefined || !shed(block)) blocks.splice(fullest, 1);
    }
    total = textLength(blocks);
  }
}

/** The same blocks, within every limit of the surface. The input is left as it was. */
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
