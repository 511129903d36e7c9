/** Renders blocks as HTML, one function for each type. Shows the name of an unknown type. */
import { isJson, type Json, jsonList } from '../state/json.ts';
import { chart } from './chart.ts';
import { control } from './controls.ts';
import { type Html, html } from './html.ts';
import { mrkdwn } from './mrkdwn.ts';
import type { RenderContext } from './render-context.ts';
import { richText } from './rich-text.ts';
import { table } from './table.ts';
import { plainWords, textObject } from './text.ts';

type Draw = (block: Json, context: RenderContext) => Html;

/** Uploaded files come from this server. Other addresses are shown as text, never loaded. */
function picture(image: Json): Html {
  const file = isJson(image.slack_file) ? String(image.slack_file.id ?? '') : '';
  const alt = String(image.alt_text ?? '');
  if (file !== '') return html`<img src="/files/${encodeURIComponent(file)}" alt="${alt}">`;
  return html`<span class="no-image" title="${String(image.image_url)}">${alt} (image elsewhere, not loaded here)</span>`;
}

const section: Draw = (block, context) => {
  const accessory = isJson(block.accessory) ? block.accessory : undefined;
  const side =
    accessory === undefined
      ? html``
      : html`<div class="accessory">${accessory.type === 'image' ? picture(accessory) : control(accessory, String(block.block_id), context)}</div>`;
  const fields = jsonList(block.fields).map((field) => html`<div>${textObject(field, context)}</div>`);
  return html`<div class="section"><div class="words">${block.text !== undefined && html`<div>${textObject(block.text, context)}</div>`}${fields.length > 0 && html`<div class="fields">${fields}</div>`}</div>${side}</div>`;
};

const context: Draw = (block, context) =>
  html`<div class="context">${jsonList(block.elements).map((one) =>
    one.type === 'image' ? picture(one) : html`<span>${textObject(one, context)}</span>`,
  )}</div>`;

const actions: Draw = (block, context) =>
  html`<div class="actions">${jsonList(block.elements).map((one) => control(one, String(block.block_id), context))}</div>`;

const image: Draw = (block) =>
  html`<figure class="image">${block.title !== undefined && html`<figcaption>${plainWords(block.title)}</figcaption>`}${picture(block)}</figure>`;

const input: Draw = (block, context) => {
  const problem = context.errors?.[String(block.block_id)];
  const element = isJson(block.element) ? block.element : {};
  return html`<fieldset class="input${problem !== undefined && ' wrong'}"><legend>${plainWords(block.label)}${block.optional === true && html` <small>(optional)</small>`}</legend>
    ${control(element, String(block.block_id), context)}
    ${block.hint !== undefined && html`<small class="hint">${plainWords(block.hint)}</small>`}
    ${problem !== undefined && html`<small class="problem" role="alert">${problem}</small>`}</fieldset>`;
};

const STATUS_SIGNS: Readonly<Record<string, string>> = { pending: '○', in_progress: '◐', complete: '✓', error: '✕' };

const taskCard: Draw = (block, context) => {
  const status = String(block.status);
  return html`<div class="task ${status}"><span class="sign" title="${status}">${STATUS_SIGNS[status] ?? '○'}</span><div>${String(block.title)}${isJson(block.details) && richText(block.details, context)}${isJson(block.output) && richText(block.output, context)}</div></div>`;
};

const plan: Draw = (block, context) =>
  html`<div class="plan"><b>${String(block.title)}</b>${jsonList(block.tasks).map((task) => taskCard(task, context))}</div>`;

/** Standard Markdown differs from mrkdwn in what we send: `**bold**` and `[text](address)`. */
const markdown: Draw = (block, context) => {
  const words = String(block.text)
    .replaceAll('**', '*')
    .replace(/\[([^\]\n]+)\]\((https?:[^)\s]+)\)/g, '<$2|$1>');
  return html`<div class="section"><div class="words">${mrkdwn(words, context)}</div></div>`;
};

const DRAW: Readonly<Record<string, Draw>> = {
  header: (block) => html`<h3>${plainWords(block.text)}</h3>`,
  divider: () => html`<hr>`,
  alert: (block, context) =>
    html`<div class="alert ${String(block.level ?? 'default')}" role="note">${textObject(block.text, context)}</div>`,
  section,
  context,
  actions,
  image,
  input,
  rich_text: richText,
  table,
  data_visualization: chart,
  markdown,
  plan,
  task_card: taskCard,
};

export function drawBlocks(blocks: readonly Json[], context: RenderContext): Html {
  return html`<div class="blocks">${blocks.map((block) => {
    const draw = DRAW[String(block.type)];
    return draw === undefined ? html`<p class="no-image">${String(block.type)} block</p>` : draw(block, context);
  })}</div>`;
}
