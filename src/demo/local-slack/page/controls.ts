/**
 * Renders interactive elements as HTML. `data-action` and `data-block` name them, and the page's script sends the
 * choice.
 */
import { isJson, type Json, jsonList } from '../state/json.ts';
import { attribute, type Html, html } from './html.ts';
import type { RenderContext } from './render-context.ts';
import { plainWords, textObject } from './text.ts';

function name(element: Json, blockId: string): Html {
  return html`${attribute('data-action', String(element.action_id))}${attribute('data-block', blockId)}`;
}

/** Stays beside its element until a click needs it. */
function confirmation(element: Json, context: RenderContext): Html {
  const { confirm } = element;
  if (!isJson(confirm)) return html``;
  const style = confirm.style === 'danger' ? 'danger' : 'primary';
  return html`<template class="confirm"><h2>${plainWords(confirm.title) || 'Are you sure?'}</h2>
    <p>${textObject(confirm.text, context)}</p>
    <footer><button type="button" value="deny">${plainWords(confirm.deny) || 'Cancel'}</button>
    <button type="button" value="confirm" class="${style}">${plainWords(confirm.confirm) || 'Yes'}</button></footer></template>`;
}

function button(element: Json, blockId: string, context: RenderContext): Html {
  const style = element.style === undefined ? '' : String(element.style);
  const label = attribute(
    'aria-label',
    element.accessibility_label === undefined ? null : String(element.accessibility_label),
  );
  return html`<span class="control"><button type="button" class="${style}"${name(element, blockId)}${label}>${plainWords(element.text)}</button>${confirmation(element, context)}</span>`;
}

function overflow(element: Json, blockId: string, context: RenderContext): Html {
  const items = jsonList(element.options).map(
    (option) =>
      html`<button type="button"${name(element, blockId)}${attribute('data-choice', String(option.value))}>${plainWords(option.text)}</button>`,
  );
  return html`<details class="control overflow"><summary aria-label="More actions">⋯</summary><menu>${items}</menu>${confirmation(element, context)}</details>`;
}

function choices(element: Json): readonly Json[] {
  return [...jsonList(element.options), ...jsonList(element.option_groups).flatMap((group) => jsonList(group.options))];
}

function isChosen(option: Json, initial: unknown): boolean {
  return (Array.isArray(initial) ? jsonList(initial) : [initial]).some(
    (one) => isJson(one) && one.value === option.value,
  );
}

function optionOf(option: Json, initial: unknown): Html {
  return html`<option value="${String(option.value)}"${attribute('selected', isChosen(option, initial))}>${plainWords(option.text)}</option>`;
}

function select(element: Json, blockId: string, context: RenderContext): Html {
  const multiple = element.type === 'multi_static_select';
  const initial = element.initial_option ?? element.initial_options;
  const label = plainWords(element.placeholder) || 'Select an item';
  const groups = jsonList(element.option_groups).map(
    (group) =>
      html`<optgroup label="${plainWords(group.label)}">${jsonList(group.options).map((option) => optionOf(option, initial))}</optgroup>`,
  );
  const own = jsonList(element.options).map((option) => optionOf(option, initial));
  const empty = multiple
    ? html``
    : html`<option value=""${attribute('selected', initial === undefined)}>${label}</option>`;
  return html`<span class="control select"><select aria-label="${label}"${name(element, blockId)}${attribute('multiple', multiple)}>${empty}${own}${groups}</select>${confirmation(element, context)}</span>`;
}

/** Selects over people or channels. */
function directorySelect(element: Json, blockId: string, context: RenderContext): Html {
  const people = element.type === 'users_select';
  const entries = people ? context.directory.people : context.directory.channels;
  const options = entries.map((entry) => ({
    value: entry.id,
    text: { type: 'plain_text', text: `${people ? '@' : '#'}${entry.name}` },
  }));
  const initial = element.initial_user ?? element.initial_channel;
  const chosen = initial === undefined ? {} : { initial_option: { value: initial } };
  return select({ ...element, options, ...chosen, type: 'static_select' }, blockId, context);
}

function boxes(element: Json, blockId: string, context: RenderContext): Html {
  const kind = element.type === 'radio_buttons' ? 'radio' : 'checkbox';
  const initial = element.initial_option ?? element.initial_options;
  const items = choices(element).map(
    (option) => html`<label class="box"><input type="${kind}" name="${blockId}-${String(element.action_id)}"
      value="${String(option.value)}"${name(element, blockId)}${attribute('checked', isChosen(option, initial))}>
      <span>${textObject(option.text, context)}<small>${textObject(option.description, context)}</small></span></label>`,
  );
  return html`<div class="control boxes">${items}</div>`;
}

function field(element: Json, blockId: string): Html {
  const value = String(element.initial_value ?? element.initial_date ?? element.initial_time ?? '');
  const facts = html`${name(element, blockId)}${attribute('placeholder', plainWords(element.placeholder) || null)}${attribute('autofocus', element.focus_on_load === true)}`;
  if (element.multiline === true) return html`<textarea rows="4"${facts}>${value}</textarea>`;
  const kinds: Readonly<Record<string, string>> = { datepicker: 'date', timepicker: 'time', number_input: 'number' };
  return html`<input type="${kinds[String(element.type)] ?? 'text'}" value="${value}"${facts}>`;
}

export function control(element: Json, blockId: string, context: RenderContext): Html {
  switch (element.type) {
    case 'button':
      return button(element, blockId, context);
    case 'overflow':
      return overflow(element, blockId, context);
    case 'static_select':
    case 'multi_static_select':
      return select(element, blockId, context);
    case 'users_select':
    case 'channels_select':
      return directorySelect(element, blockId, context);
    case 'checkboxes':
    case 'radio_buttons':
      return boxes(element, blockId, context);
    default:
      return field(element, blockId);
  }
}
