/** Blocks as HTML, one function a type; a type this page cannot draw shows its name instead of nothing. */
import { isJson, type Json, jsonList } from '../state/json.ts';
import { chart } from './chart.ts';
import { control } from './controls.ts';
import { type Html, html } from './html.ts';
import type { Looks } from './looks.ts';
import { mrkdwn } from './mrkdwn.ts';
import { richText } from './rich-text.ts';
import { table } from './table.ts';
import { plainWords, textObject } from './text.ts';

type Draw = (block: Json, looks: Looks) => Html;

/** Uploaded files come from this server; addresses elsewhere are named, never loaded. */
function picture(image: Json): Html {
  const file = isJson(image.slack_file) ? String(image.slack_file.id ?? '') : '';
  const alt = String(image.alt_text ?? '');
  if (file !== '') return html`<img src="/files/${encodeURIComponent(file)}" alt="${alt}">`;
  return html`<span class="no-image" title="${String(image.image_url)}">${alt} (image elsewhere, not loaded here)</span>`;
}

const section: Draw = (block, looks) => {
  const accessory = isJson(block.accessory) ? block.accessory : undefined;
  const side =
    accessory === undefined
      ? html``
      : html`<div class="accessory">${accessory.type === 'image' ? picture(accessory) : control(accessory, String(block.block_id), looks)}</div>`;
  const fields = jsonList(block.fields).map((field) => html`<div>${textObject(field, looks)}</div>`);
  return html`<div class="section"><div class="words">${block.text !== undefined && html`<div>${textObject(block.text, looks)}</div>`}${fields.length > 0 && html`<div class="fields">${fields}</div>`}</div>${side}</div>`;
};

const context: Draw = (block, looks) =>
  html`<div class="context">${jsonList(block.elements).map((one) =>
    one.type === 'image' ? picture(one) : html`<span>${textObject(one, looks)}</span>`,
  )}</div>`;

const actions: Draw = (block, looks) =>
  html`<div class="actions">${jsonList(block.elements).map((one) => control(one, String(block.block_id), looks))}</div>`;

const image: Draw = (block) =>
  html`<figure class="image">${block.title !== undefined && html`<figcaption>${plainWords(block.title)}</figcaption>`}${picture(block)}</figure>`;

const input: Draw = (block, looks) => {
  const problem = looks.errors?.[String(block.block_id)];
  const element = isJson(block.element) ? block.element : {};
  return html`<fieldset class="input${problem !== undefined && ' wrong'}"><legend>${plainWords(block.label)}${block.optional === true && html` <small>(optional)</small>`}</legend>
    ${control(element, String(block.block_id), looks)}
    ${block.hint !== undefined && html`<small class="hint">${plainWords(block.hint)}</small>`}
    ${problem !== undefined && html`<small class="problem" role="alert">${problem}</small>`}</fieldset>`;
};

const STATUS_SIGNS: Readonly<Record<string, string>> = { pending: '○', in_progress: '◐', complete: '✓', error: '✕' };

const taskCard: Draw = (block, looks) => {
  const status = String(block.status);
  return html`<div class="task ${status}"><span class="sign" title="${status}">${STATUS_SIGNS[status] ?? '○'}</span><div>${String(block.title)}${isJson(block.details) && richText(block.details, looks)}${isJson(block.output) && richText(block.output, looks)}</div></div>`;
};

const plan: Draw = (block, looks) =>
  html`<div class="plan"><b>${String(block.title)}</b>${jsonList(block.tasks).map((task) => taskCard(task, looks))}</div>`;

/** Standard Markdown differs from mrkdwn in what we send: `**bold**` and `[words](address)`. */
const markdown: Draw = (block, looks) => {
  const words = String(block.text)
    .replaceAll('**', '*')
    .replace(/\[([^\]\n]+)\]\((https?:[^)\s]+)\)/g, '<$2|$1>');
  return html`<div class="section"><div class="words">${mrkdwn(words, looks)}</div></div>`;
};

const DRAW: Readonly<Record<string, Draw>> = {
  header: (block) => html`<h3>${plainWords(block.text)}</h3>`,
  divider: () => html`<hr>`,
  alert: (block, looks) =>
    html`<div class="alert ${String(block.level ?? 'default')}" role="note">${textObject(block.text, looks)}</div>`,
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

export function drawBlocks(blocks: readonly Json[], looks: Looks): Html {
  return html`<div class="blocks">${blocks.map((block) => {
    const draw = DRAW[String(block.type)];
    return draw === undefined ? html`<p class="no-image">${String(block.type)} block</p>` : draw(block, looks);
  })}</div>`;
}
