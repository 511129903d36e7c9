/** Short names for Slack's block types. */
import type { types } from '@slack/bolt';

export type Block = types.KnownBlock;
export type Button = types.Button;
export type RichText = types.RichTextBlock;

/** A message for Slack. `text` is the escaped fallback for notifications and screen readers. */
export interface Rendered {
  readonly text: string;
  readonly blocks: readonly Block[];
}
