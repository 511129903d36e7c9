/** Slack's published limits as data (docs.slack.dev block reference; @slack/types 3.2). Characters unless named otherwise. */
import type { Surface } from './surface.ts';

/** Blocks in one message or view. */
export const BLOCK_COUNT = { message: 50, modal: 100, home: 100 } as const;

/** Over all blocks of one message. */
export const MESSAGE_LIMITS = { blocksChars: 13_200, markdownChars: 12_000, tables: 1, charts: 2 } as const;

export const MODAL_LIMITS = { labelChars: 24, privateMetadataChars: 3000 } as const;

export const ID_CHARS = 255;

export const TEXT = { any: 3000, header: 150, field: 2000, alert: 200, label: 2000, placeholder: 150 } as const;

export const IMAGE = { altChars: 2000, titleChars: 2000, urlChars: 3000 } as const;

export const COUNT = { fields: 10, contextElements: 10, actionsElements: 25, planTasks: 50 } as const;

export const BUTTON = { textChars: 75, valueChars: 2000, urlChars: 3000, accessibilityChars: 75 } as const;

export const OPTION = { textChars: 75, valueChars: 150, descriptionChars: 75, urlChars: 3000 } as const;

export const OPTIONS = { select: 100, groups: 100, overflow: 5, checkboxes: 10, radioButtons: 10 } as const;

export const CONFIRM = { titleChars: 100, textChars: 300, buttonChars: 30 } as const;

export const TABLE = { rows: 100, cells: 20, totalChars: 10_000 } as const;

export const CHART = {
  titleChars: 50,
  series: 6,
  segments: 6,
  points: 20,
  labelChars: 20,
  axisLabelChars: 50,
} as const;

/** Surfaces of a block; a block without an entry is allowed everywhere. */
export const SURFACES: Readonly<Record<string, readonly Surface[]>> = {
  table: ['message', 'home'],
  data_visualization: ['message', 'home'],
  markdown: ['message'],
  alert: ['modal'],
  plan: ['message'],
  task_card: ['message'],
};
