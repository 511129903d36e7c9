/** Schemas of composition objects: text, options, confirmations, files. Refuse unknown properties, as Slack does. */
import { z } from 'zod';
import { BUTTON, CONFIRM, IMAGE, OPTION, OPTIONS, TEXT } from './limits.ts';

export function plainText(max: number) {
  return z.strictObject({
    type: z.literal('plain_text'),
    text: z.string().min(1).max(max),
    emoji: z.boolean().optional(),
  });
}

function mrkdwn(max: number) {
  return z.strictObject({
    type: z.literal('mrkdwn'),
    text: z.string().min(1).max(max),
    verbatim: z.boolean().optional(),
  });
}

export function anyText(max: number) {
  return z.discriminatedUnion('type', [plainText(max), mrkdwn(max)]);
}

export const placeholder = plainText(TEXT.placeholder);

export const colorScheme = z.enum(['primary', 'danger']);

export const confirm = z.strictObject({
  title: plainText(CONFIRM.titleChars).optional(),
  text: anyText(CONFIRM.textChars),
  confirm: plainText(CONFIRM.buttonChars).optional(),
  deny: plainText(CONFIRM.buttonChars).optional(),
  style: colorScheme.optional(),
});

const optionParts = {
  value: z.string().max(OPTION.valueChars),
  description: plainText(OPTION.descriptionChars).optional(),
};

/** Selects accept only plain text. */
export const option = z.strictObject({ text: plainText(OPTION.textChars), ...optionParts });

/** Checkboxes and radio buttons also accept mrkdwn. */
export const richOption = z.strictObject({
  ...optionParts,
  text: anyText(OPTION.textChars),
  description: anyText(OPTION.descriptionChars).optional(),
});

/** Only overflow menus may have a url. */
export const overflowOption = z.strictObject({
  text: plainText(OPTION.textChars),
  ...optionParts,
  url: z.url().max(OPTION.urlChars).optional(),
});

export const optionGroup = z.strictObject({
  label: plainText(OPTION.textChars),
  options: z.array(option).min(1).max(OPTIONS.select),
});

export const slackFile = z
  .strictObject({
    id: z
      .string()
      .regex(/^F[A-Z0-9]{8,}$/)
      .optional(),
    url: z.string().max(IMAGE.urlChars).optional(),
  })
  .refine((file) => (file.id === undefined) !== (file.url === undefined), 'exactly one of id and url is needed');

export const actionUrl = z.url().max(BUTTON.urlChars);
