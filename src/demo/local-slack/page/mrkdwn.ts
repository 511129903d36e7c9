/**
 * Renders Slack's mrkdwn as HTML: emphasis, code, quotes, links, mentions, dates. Unknown markup stays visible text.
 */
import { emojiOf } from './emoji.ts';
import { escapeHtml, Html, html } from './html.ts';
import { channelName, groupHandle, personName, type RenderContext } from './render-context.ts';
import { formatSlackDate } from './slack-date.ts';

// Private-use characters stand for finished pieces while the emphasis around them is parsed.
const PARK_OPEN = '\uE000';
const PARK_CLOSE = '\uE001';

/** Decodes Slack's three entities; there are no others. */
function unescapeEntities(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

export function mention(words: string): Html {
  return html`<span class="mention">${words}</span>`;
}

/** Only web and mail addresses become links. They are never loaded and open in a new tab. */
export function link(url: string, label: string): Html {
  if (!/^(?:https?:\/\/|mailto:)/i.test(url)) return html`${label}`;
  return html`<a href="${url}" target="_blank" rel="noopener noreferrer nofollow">${label}</a>`;
}

/** The content of `<…>`. */
function special(inside: string, context: RenderContext): Html {
  const [target = '', ...labels] = inside.split('|');
  const label = unescapeEntities(labels.join('|'));
  if (target.startsWith('@')) return mention(`@${personName(context, target.slice(1))}`);
  if (target.startsWith('#')) return mention(`#${channelName(context, target.slice(1))}`);
  if (target.startsWith('!subteam^')) return mention(`@${groupHandle(context, target.slice(9))}`);
  if (/^!(?:here|channel|everyone)$/.test(target)) return mention(`@${target.slice(1)}`);
  const date = /^!date\^(\d+)\^([^^]+)(?:\^(.*))?$/.exec(target);
  if (date !== null) {
    const words = formatSlackDate(Number(date[1]), date[2] ?? '', context.now);
    return date[3] === undefined ? html`<time title="${label}">${words}</time>` : link(date[3], words);
  }
  const url = unescapeEntities(target);
  if (/^(?:https?:\/\/|mailto:)/i.test(url)) return link(url, label === '' ? url : label);
  return html`&lt;${unescapeEntities(inside)}&gt;`;
}

function emphasize(markup: string): string {
  const span = (sign: string, tag: string) => (text: string) =>
    text.replace(
      new RegExp(`(?<![\\w${sign}])${sign}(?=\\S)([^\\n]*?\\S)${sign}(?![\\w${sign}])`, 'g'),
      `<${tag}>$1</${tag}>`,
    );
  return [span('\\*', 'b'), span('_', 'i'), span('~', 's')].reduce((text, apply) => apply(text), markup);
}

function quotes(markup: string): string {
  return markup.replace(/^(?:&gt;[^\n]*(?:\n|$))+/gm, (block) => {
    const inside = block.replace(/^&gt; ?/gm, '').replace(/\n$/, '');
    return `<blockquote>${inside}</blockquote>`;
  });
}

interface Parked {
  readonly markup: string;
  readonly source: string;
}

export function mrkdwn(text: string, context: RenderContext): Html {
  const parked: Parked[] = [];
  const swap = (from: string, by: keyof Parked): string =>
    from.replace(/\uE000(\d+)\uE001/g, (_all, at: string) => parked[Number(at)]?.[by] ?? '');
  // A piece inside another one becomes its source text first, so that finished markup never ends up in an attribute.
  const park = (draw: (inside: string) => Html) => (all: string, inside: string) => {
    const piece = { markup: draw(swap(inside, 'source')).markup, source: swap(all, 'source') };
    return `${PARK_OPEN}${parked.push(piece) - 1}${PARK_CLOSE}`;
  };
  const rest = text
    .replaceAll(/[\uE000\uE001]/g, '')
    .replace(
      /```\n?([\s\S]*?)\n?```/g,
      park((code) => html`<pre>${unescapeEntities(code)}</pre>`),
    )
    .replace(
      /`([^`\n]+)`/g,
      park((code) => html`<code>${unescapeEntities(code)}</code>`),
    )
    .replace(
      /<([^<>\n]+)>/g,
      park((inside) => special(inside, context)),
    )
    .replace(/:([a-z0-9_+-]+):/g, (all, name: string) => emojiOf(name) ?? all);
  return new Html(swap(quotes(emphasize(escapeHtml(unescapeEntities(rest)))), 'markup'));
}
