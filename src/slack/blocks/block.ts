/** The blocks gapwatch draws with: Slack's own types, under one short name. */
import type { types } from '@slack/bolt';

export type Block = types.KnownBlock;
export type Button = types.Button;
export type RichText = types.RichTextBlock;

/** A message ready for Slack: `text` is the fallback for notifications and screen readers, already escaped. */
export interface Rendered {
  readonly text: string;
  readonly blocks: readonly Block[];
}
