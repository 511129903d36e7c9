/**
 * Validates blocks as strictly as Slack: each block by its schema, then the rules of the whole message or view. Returns
 * every problem; none when Slack would accept the blocks.
 */
import { isJson, type Json, jsonList, text } from '../state/json.ts';
import { block as blockSchema } from './blocks.ts';
import { BLOCK_COUNT, MESSAGE_LIMITS, SURFACES, TABLE } from './limits.ts';
import { type BlockProblem, problemOf } from './problem.ts';
import type { Surface } from './surface.ts';

export interface BlockContext {
  /** An uploaded image that blocks may use now. */
  isImageFile(id: string): boolean;
}

export function checkBlocks(value: unknown, surface: Surface, context: BlockContext): readonly BlockProblem[] {
  if (!Array.isArray(value)) return [{ pointer: '/blocks', text: 'must provide a array' }];
  const most = BLOCK_COUNT[surface];
  if (value.length > most) return [{ pointer: '/blocks', text: `no more than ${most} items allowed` }];
  const own = value.flatMap((block, at) => checkOne(block, `/blocks/${at}`, surface));
  if (own.length > 0) return own;
  const blocks = jsonList(value);
  return [...checkImages(blocks, '/blocks', context), ...checkIds(blocks), ...checkWhole(blocks, surface)];
}

function checkOne(value: unknown, pointer: string, surface: Surface): readonly BlockProblem[] {
  const type = isJson(value) ? text(value.type) : undefined;
  const allowed = SURFACES[type ?? ''];
  if (allowed !== undefined && !allowed.includes(surface)) {
    return [{ pointer: `${pointer}/type`, text: `unsupported type: ${type} (not in a ${surface})` }];
  }
  const parsed = blockSchema.safeParse(value);
  if (parsed.success) return [];
  return parsed.error.issues.map((issue) => problemOf(issue, pointer, valueAt(value, issue.path)));
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], root);
}

/** Slack fetches image URLs and context up files. Both fail for an unscanned file or an address of this machine. */
function checkImages(value: unknown, pointer: string, context: BlockContext): readonly BlockProblem[] {
  if (Array.isArray(value)) return value.flatMap((item, at) => checkImages(item, `${pointer}/${at}`, context));
  if (!isJson(value)) return [];
  const found = Object.entries(value).flatMap(([key, item]) => checkImages(item, `${pointer}/${key}`, context));
  const file = value.slack_file;
  if (isJson(file) && !context.isImageFile(text(file.id) ?? '')) {
    found.push({ pointer: `${pointer}/slack_file`, text: 'invalid slack file' });
  }
  const url = text(value.image_url);
  if (url !== undefined && /^https?:\/\/(?:localhost|127\.|\[::1\])/.test(url)) {
    found.push({ pointer: `${pointer}/image_url`, text: 'downloading image failed' });
  }
  return found;
}

function checkIds(blocks: readonly Json[]): readonly BlockProblem[] {
  const seen = new Set<string>();
  return blocks.flatMap((block, at) => {
    const found: BlockProblem[] = repeated(block).map((id) => ({
      pointer: `/blocks/${at}`,
      text: `\`action_id\` "${id}" already exists for this block`,
    }));
    const id = text(block.block_id);
    if (id !== undefined && seen.has(id)) {
      found.push({ pointer: `/blocks/${at}/block_id`, text: `\`block_id\` "${id}" already exists` });
    }
    if (id !== undefined) seen.add(id);
    return found;
  });
}

function repeated(block: Json): readonly string[] {
  const ids = jsonList(block.elements).flatMap((element) => text(element.action_id) ?? []);
  return ids.filter((id, at) => ids.indexOf(id) !== at);
}

/** Characters in every `text` of a block, at any depth. */
function countChars(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + countChars(item), 0);
  if (!isJson(value)) return 0;
  return Object.entries(value).reduce(
    (sum, [key, item]) => sum + (key === 'text' && typeof item === 'string' ? item.length : countChars(item)),
    0,
  );
}

function checkWhole(blocks: readonly Json[], surface: Surface): readonly BlockProblem[] {
  const ofType = (type: string) => blocks.filter((block) => block.type === type);
  const tables = ofType('table');
  const found: BlockProblem[] = [];
  const refuse = (condition: boolean, words: string, error?: string) => {
    if (condition) found.push({ pointer: '/blocks', text: words, ...(error === undefined ? {} : { error }) });
  };
  refuse(
    tables.some((table) => countChars(table.rows) > TABLE.totalChars),
    `a table holds at most ${TABLE.totalChars} characters`,
  );
  if (surface !== 'message') return found;
  refuse(tables.length > MESSAGE_LIMITS.tables, 'only one table allowed', 'only_one_table_allowed');
  refuse(ofType('data_visualization').length > MESSAGE_LIMITS.charts, 'only two charts allowed');
  refuse(
    countChars(ofType('markdown')) > MESSAGE_LIMITS.markdownChars,
    `markdown blocks hold at most ${MESSAGE_LIMITS.markdownChars} characters together`,
  );
  refuse(countChars(blocks) > MESSAGE_LIMITS.blocksChars, 'the blocks are too long', 'msg_blocks_too_long');
  return found;
}
