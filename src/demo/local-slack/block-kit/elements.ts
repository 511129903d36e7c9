/** Schemas of interactive elements and images, and the elements that each block may hold. */
import { z } from 'zod';
import { BUTTON, ID_CHARS, IMAGE, OPTIONS, TEXT } from './limits.ts';
import {
  actionUrl,
  anyText,
  colorScheme,
  confirm,
  option,
  optionGroup,
  overflowOption,
  placeholder,
  plainText,
  richOption,
  slackFile,
} from './objects.ts';

const action = { action_id: z.string().min(1).max(ID_CHARS).optional() };
const confirmable = { ...action, confirm: confirm.optional() };
const focusable = { ...confirmable, focus_on_load: z.boolean().optional() };
const placeholdable = { ...focusable, placeholder: placeholder.optional() };

const button = z.strictObject({
  type: z.literal('button'),
  ...confirmable,
  text: plainText(BUTTON.textChars),
  value: z.string().max(BUTTON.valueChars).optional(),
  url: actionUrl.optional(),
  style: colorScheme.optional(),
  accessibility_label: z.string().max(BUTTON.accessibilityChars).optional(),
});

const overflow = z.strictObject({
  type: z.literal('overflow'),
  ...confirmable,
  options: z.array(overflowOption).min(1).max(OPTIONS.overflow),
});

const choices = {
  options: z.array(option).min(1).max(OPTIONS.select).optional(),
  option_groups: z.array(optionGroup).min(1).max(OPTIONS.groups).optional(),
};

function oneSource(select: { options?: unknown; option_groups?: unknown }): boolean {
  return (select.options === undefined) !== (select.option_groups === undefined);
}

const NEEDS_ONE_SOURCE = 'exactly one of options and option_groups is needed';

const staticSelect = z
  .strictObject({ type: z.literal('static_select'), ...placeholdable, ...choices, initial_option: option.optional() })
  .refine(oneSource, NEEDS_ONE_SOURCE);

const multiStaticSelect = z
  .strictObject({
    type: z.literal('multi_static_select'),
    ...placeholdable,
    ...choices,
    initial_options: z.array(option).min(1).max(OPTIONS.select).optional(),
    max_selected_items: z.int().min(1).optional(),
  })
  .refine(oneSource, NEEDS_ONE_SOURCE);

const usersSelect = z.strictObject({
  type: z.literal('users_select'),
  ...placeholdable,
  initial_user: z.string().optional(),
});

const channelsSelect = z.strictObject({
  type: z.literal('channels_select'),
  ...placeholdable,
  initial_channel: z.string().optional(),
  response_url_enabled: z.boolean().optional(),
});

const checkboxes = z.strictObject({
  type: z.literal('checkboxes'),
  ...focusable,
  options: z.array(richOption).min(1).max(OPTIONS.checkboxes),
  initial_options: z.array(richOption).min(1).max(OPTIONS.checkboxes).optional(),
});

const radioButtons = z.strictObject({
  type: z.literal('radio_buttons'),
  ...focusable,
  options: z.array(richOption).min(1).max(OPTIONS.radioButtons),
  initial_option: richOption.optional(),
});

const datepicker = z.strictObject({
  type: z.literal('datepicker'),
  ...placeholdable,
  initial_date: z.iso.date().optional(),
});

const timepicker = z.strictObject({
  type: z.literal('timepicker'),
  ...placeholdable,
  initial_time: z
    .string()
    .regex(/^\d\d:\d\d$/)
    .optional(),
  timezone: z.string().optional(),
});

const dispatchable = {
  ...action,
  placeholder: placeholder.optional(),
  focus_on_load: z.boolean().optional(),
  dispatch_action_config: z
    .strictObject({ trigger_actions_on: z.array(z.enum(['on_enter_pressed', 'on_character_entered'])).min(1) })
    .optional(),
};

const plainTextInput = z.strictObject({
  type: z.literal('plain_text_input'),
  ...dispatchable,
  initial_value: z.string().max(TEXT.any).optional(),
  multiline: z.boolean().optional(),
  min_length: z.int().min(0).max(TEXT.any).optional(),
  max_length: z.int().min(1).max(TEXT.any).optional(),
});

const numberInput = z.strictObject({
  type: z.literal('number_input'),
  ...dispatchable,
  is_decimal_allowed: z.boolean(),
  initial_value: z.string().optional(),
  min_value: z.string().optional(),
  max_value: z.string().optional(),
});

const imageSource = {
  image_url: z.url().max(IMAGE.urlChars).optional(),
  slack_file: slackFile.optional(),
};

/** `image` is a block and an element; only the block has a title. */
export const imageParts = {
  type: z.literal('image'),
  alt_text: z.string().min(1).max(IMAGE.altChars),
  ...imageSource,
};

export function oneImage(image: { image_url?: unknown; slack_file?: unknown }): boolean {
  return (image.image_url === undefined) !== (image.slack_file === undefined);
}

const imageElement = z.strictObject(imageParts).refine(oneImage, 'exactly one of image_url and slack_file is needed');

export const actionsElement = z.discriminatedUnion('type', [
  button,
  overflow,
  staticSelect,
  multiStaticSelect,
  usersSelect,
  channelsSelect,
  checkboxes,
  radioButtons,
  datepicker,
  timepicker,
]);

export const accessory = z.discriminatedUnion('type', [...actionsElement.options, imageElement]);

export const contextElement = z.discriminatedUnion('type', [...anyText(TEXT.any).options, imageElement]);

export const inputElement = z.discriminatedUnion('type', [
  staticSelect,
  multiStaticSelect,
  usersSelect,
  channelsSelect,
  checkboxes,
  radioButtons,
  datepicker,
  timepicker,
  plainTextInput,
  numberInput,
]);
