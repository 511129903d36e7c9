/** The local page's markup of what Slack would get. */
import { drawBlocks } from '../../src/demo/local-slack/page/blocks.ts';
import { mrkdwn } from '../../src/demo/local-slack/page/mrkdwn.ts';
import type { RenderContext } from '../../src/demo/local-slack/page/render-context.ts';
import { createDirectory } from '../../src/demo/local-slack/state/directory.ts';
import { jsonList } from '../../src/demo/local-slack/state/json.ts';
import { NOW } from '../slack/support/incident.ts';
import type { Shown } from '../slack/support/judge-blocks.ts';
import { assertSafeHtml } from './invariants.ts';

const LOOKS: RenderContext = { directory: createDirectory(), now: new Date(NOW) };

export function judgePage({ text, blocks }: Pick<Shown, 'text' | 'blocks'>): void {
  assertSafeHtml(mrkdwn(text, LOOKS).markup, 'the text on the page');
  assertSafeHtml(drawBlocks(jsonList(blocks), LOOKS).markup, 'the page');
}
