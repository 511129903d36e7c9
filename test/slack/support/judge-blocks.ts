/** Checks every message and view: within every limit, and without text that pings, links or rewrites. */
import assert from 'node:assert/strict';
import { checkBlocks } from '../../../src/demo/local-slack/block-kit/check-blocks.ts';
import type { Surface } from '../../../src/demo/local-slack/block-kit/surface.ts';
import type { Block } from '../../../src/slack/blocks/block.ts';
import { LIMITS, textLength } from '../../../src/slack/blocks/limits.ts';

export interface Shown {
  /** The fallback text; empty for a view. */
  readonly text: string;
  readonly blocks: readonly Block[];
  readonly surface: Surface;
}

/** Calls `visit` with every text object and the type of its block. */
function texts(node: unknown, visit: (type: string, text: string) => void): void {
  if (Array.isArray(node)) for (const part of node) texts(part, visit);
  else if (typeof node === 'object' && node !== null) {
    const { type, text } = node as { type?: unknown; text?: unknown };
    if (typeof text === 'string') visit(String(type), text);
    for (const part of Object.values(node)) if (typeof part === 'object') texts(part, visit);
  }
}

/** Every other text: names, values, addresses. */
function* strings(node: unknown): Generator<string> {
  if (typeof node === 'string') yield node;
  else if (typeof node === 'object' && node !== null) for (const part of Object.values(node)) yield* strings(part);
}

/** Dates, people, channels and groups as text.ts renders them. */
const OURS =
  /<!date\^\d+\^\{date_short_pretty\} \{time\}\|[\d :-]+UTC>|<@[UW][A-Z0-9]{2,20}>|<#[CG][A-Z0-9]{2,20}>|<!subteam\^S[A-Z0-9]{2,20}>/g;
/** Control, format and separator characters except tab and line break. */
const UNSEEN = /(?![\t\n])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

function judgeSizes(block: Block): void {
  if (block.type === 'header') assert(block.text.text.length <= LIMITS.headerText);
  if (block.type === 'section') {
    assert((block.text?.text.length ?? 0) <= LIMITS.sectionText);
    assert((block.fields?.length ?? 0) <= LIMITS.fields);
    for (const field of block.fields ?? []) assert(field.text.length <= LIMITS.fieldText);
  }
  if (block.type === 'context') assert(block.elements.length > 0 && block.elements.length <= LIMITS.contextElements);
  if (block.type === 'table') assert(block.rows.length <= LIMITS.tableRows);
}

/** Also throws when one of `secrets` is visible. `withMentions`: people in the payload may be mentioned. */
export function judgeBlocks(
  { text: fallback, blocks, surface }: Shown,
  {
    secrets = [],
    withMentions = false,
  }: { readonly secrets?: readonly string[]; readonly withMentions?: boolean } = {},
): void {
  const own = withMentions ? OURS : /<!date\^\d+\^\{date_short_pretty\} \{time\}\|[\d :-]+UTC>/g;
  assert(blocks.length <= (surface === 'message' ? LIMITS.messageBlocks : LIMITS.viewBlocks));
  assert(textLength(blocks) <= LIMITS.allText);
  assert(fallback.length <= LIMITS.fallbackText * 5);
  const judgeText = (type: string, text: string): void => {
    // mrkdwn is the only type in which Slack parses anything.
    if (type === 'mrkdwn') assert.doesNotMatch(text.replace(own, ''), /[<>]/);
  };
  for (const text of [fallback, ...strings(blocks)]) {
    assert.doesNotMatch(text, UNSEEN);
    for (const secret of secrets) assert(!text.includes(secret), `${secret} shows`);
  }
  judgeText('mrkdwn', fallback);
  for (const block of blocks) judgeSizes(block);
  texts(blocks, (type, text) => {
    assert(text.length > 0);
    judgeText(type, text);
  });
  assert.deepEqual(checkBlocks(blocks, surface, { isImageFile: () => true }), []);
}
