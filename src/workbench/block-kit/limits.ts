/** Slack's published limits as data (docs.slack.dev block reference; @slack/types 3.2). Characters unless named otherwise. */

export const MODAL_LIMITS = {
  labelChars: 24,
  privateMetadataChars: 3000,
  callbackIdChars: 255,
  stackedViews: 3,
} as const;

/** Blocks in one message or view. */
export const BLOCK_COUNT = { message: 50, modal: 100, home: 100 } as const;
