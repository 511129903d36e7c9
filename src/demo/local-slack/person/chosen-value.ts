/** Computes what an element reports after a choice: the part of an action, or of `state.values`, with the value. */
import { isJson, type Json, jsonList } from '../state/json.ts';

/** The value of an option, several of them, typed text, or null for a button. */
export type Choice = string | readonly string[] | null;

function options(element: Json): readonly Json[] {
  const grouped = jsonList(element.option_groups).flatMap((group) => jsonList(group.options));
  return [...jsonList(element.options), ...grouped];
}

function pick(element: Json, value: Choice): Json | null {
  return options(element).find((option) => option.value === value) ?? null;
}

/** The fields that Slack adds for this kind of element; `initial_*` counts when the person changed nothing. */
export function chosenValue(element: Json, choice: Choice): Json {
  const type = String(element.type);
  switch (type) {
    case 'button':
      return { ...(element.value === undefined ? {} : { value: element.value }), text: element.text };
    case 'static_select':
    case 'radio_buttons':
      return { selected_option: choice === null ? (element.initial_option ?? null) : pick(element, choice) };
    case 'overflow':
      return { selected_option: pick(element, choice) };
    case 'checkboxes':
    case 'multi_static_select':
      return { selected_options: many(element, choice) };
    case 'users_select':
      return { selected_user: choice ?? element.initial_user ?? null };
    case 'channels_select':
      return { selected_channel: choice ?? element.initial_channel ?? null };
    case 'datepicker':
      return { selected_date: choice ?? element.initial_date ?? null };
    case 'timepicker':
      return { selected_time: choice ?? element.initial_time ?? null };
    default:
      return { value: choice ?? element.initial_value ?? null };
  }
}

function many(element: Json, choice: Choice): readonly Json[] {
  if (choice === null) return jsonList(element.initial_options);
  const values = typeof choice === 'string' ? [choice] : choice;
  return values.map((value) => pick(element, value)).filter(isJson);
}
