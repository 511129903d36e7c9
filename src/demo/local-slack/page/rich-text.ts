/** Renders the rich_text block as HTML. Its text nodes parse no markup. */
import { isJson, type Json, jsonList } from '../state/json.ts';
import { emojiOf } from './emoji.ts';
import { type Html, html } from './html.ts';
import { link, mention } from './mrkdwn.ts';
import { channelName, groupHandle, personName, type RenderContext } from './render-context.ts';
import { formatSlackDate } from './slack-date.ts';

function styled(node: Json, inner: Html): Html {
  const style = isJson(node.style) ? node.style : {};
  let out = inner;
  if (style.code === true) out = html`<code>${out}</code>`;
  if (style.bold === true) out = html`<b>${out}</b>`;
  if (style.italic === true) out = html`<i>${out}</i>`;
  if (style.strike === true) out = html`<s>${out}</s>`;
  if (style.underline === true) out = html`<u>${out}</u>`;
  return out;
}

function nodeOf(node: Json, context: RenderContext): Html {
  switch (node.type) {
    case 'link':
      return link(String(node.url), String(node.text ?? node.url));
    case 'emoji':
      return html`${emojiOf(String(node.name)) ?? `:${String(node.name)}:`}`;
    case 'user':
      return mention(`@${personName(context, String(node.user_id))}`);
    case 'usergroup':
      return mention(`@${groupHandle(context, String(node.usergroup_id))}`);
    case 'channel':
      return mention(`#${channelName(context, String(node.channel_id))}`);
    case 'broadcast':
      return mention(`@${String(node.range)}`);
    case 'date':
      return html`<time>${formatSlackDate(Number(node.timestamp), String(node.format), context.now)}</time>`;
    default:
      return html`${String(node.text ?? node.value ?? '')}`;
  }
}

function nodes(value: unknown, context: RenderContext): Html[] {
  return jsonList(value).map((node) => styled(node, nodeOf(node, context)));
}

function list(part: Json, context: RenderContext): Html {
  const items = jsonList(part.elements).map((item) => html`<li>${nodes(item.elements, context)}</li>`);
  return part.style === 'ordered' ? html`<ol>${items}</ol>` : html`<ul>${items}</ul>`;
}

export function richText(block: Json, context: RenderContext): Html {
  const parts = jsonList(block.elements).map((part) => {
    if (part.type === 'rich_text_list') return list(part, context);
    if (part.type === 'rich_text_preformatted') return html`<pre>${nodes(part.elements, context)}</pre>`;
    if (part.type === 'rich_text_quote') return html`<blockquote>${nodes(part.elements, context)}</blockquote>`;
    return html`<p>${nodes(part.elements, context)}</p>`;
  });
  return html`<div class="rich-text">${parts}</div>`;
}
