/**
 * Schemas of every block that the local Slack supports. Refuses Slack's other blocks (card, carousel, container, video,
 * …).
 */
import { z } from 'zod';
import { dataVisualization } from './charts.ts';
import { accessory, actionsElement, contextElement, imageParts, inputElement, oneImage } from './elements.ts';
import { COUNT, ID_CHARS, IMAGE, MESSAGE_LIMITS, TABLE, TEXT } from './limits.ts';
import { anyText, plainText } from './objects.ts';
import { richText } from './rich-text.ts';

const own = { block_id: z.string().min(1).max(ID_CHARS).optional() };

const section = z
  .strictObject({
    type: z.literal('section'),
    ...own,
    text: anyText(TEXT.any).optional(),
    fields: z.array(anyText(TEXT.field)).min(1).max(COUNT.fields).optional(),
    accessory: accessory.optional(),
    expand: z.boolean().optional(),
  })
  .refine((block) => block.text !== undefined || block.fields !== undefined, 'missing required field: text or fields');

const image = z
  .strictObject({ ...imageParts, ...own, title: plainText(IMAGE.titleChars).optional() })
  .refine(oneImage, 'exactly one of image_url and slack_file is needed');

const input = z.strictObject({
  type: z.literal('input'),
  ...own,
  label: plainText(TEXT.label),
  hint: plainText(TEXT.label).optional(),
  optional: z.boolean().optional(),
  dispatch_action: z.boolean().optional(),
  element: inputElement,
});

const cell = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('raw_text'), text: z.string().min(1) }),
  z.strictObject({ type: z.literal('raw_number'), value: z.number(), text: z.string().min(1) }),
  richText,
]);

const table = z.strictObject({
  type: z.literal('table'),
  ...own,
  rows: z.array(z.array(cell).min(1).max(TABLE.cells)).min(1).max(TABLE.rows),
  column_settings: z
    .array(
      z
        .strictObject({ align: z.enum(['left', 'center', 'right']).optional(), is_wrapped: z.boolean().optional() })
        .nullable(),
    )
    .max(TABLE.cells)
    .optional(),
});

const taskCard = z.strictObject({
  type: z.literal('task_card'),
  ...own,
  task_id: z.string().min(1),
  title: z.string().min(1),
  status: z.enum(['pending', 'in_progress', 'complete', 'error']),
  details: richText.optional(),
  output: richText.optional(),
  sources: z.array(z.strictObject({ type: z.literal('url'), url: z.url(), text: z.string().min(1) })).optional(),
});

export const block = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('header'), ...own, text: plainText(TEXT.header) }),
  section,
  z.strictObject({
    type: z.literal('context'),
    ...own,
    elements: z.array(contextElement).min(1).max(COUNT.contextElements),
  }),
  z.strictObject({
    type: z.literal('actions'),
    ...own,
    elements: z.array(actionsElement).min(1).max(COUNT.actionsElements),
  }),
  z.strictObject({ type: z.literal('divider'), ...own }),
  image,
  input,
  richText,
  table,
  dataVisualization,
  z.strictObject({ type: z.literal('markdown'), ...own, text: z.string().min(1).max(MESSAGE_LIMITS.markdownChars) }),
  z.strictObject({
    type: z.literal('alert'),
    ...own,
    text: anyText(TEXT.alert),
    level: z.enum(['default', 'info', 'warning', 'error', 'success']).optional(),
  }),
  z.strictObject({
    type: z.literal('plan'),
    ...own,
    title: z.string().min(1),
    tasks: z.array(taskCard).max(COUNT.planTasks).optional(),
  }),
  taskCard,
]);
