/** Slack's mrkdwn as HTML: emphasis, code, quotes, links, mentions, dates. What it does not know stays visible text. */
import { emojiOf } from './emoji.ts';
import { escapeHtml, Html, html } from './html.ts';
import { channelName, groupHandle, type Looks, personName } from './looks.ts';
import { formatSlackDate } from './slack-date.ts';

// Finished pieces are parked behind characters of the private use area while emphasis is looked for around them.
const PARK_OPEN = '\uE000';
const PARK_CLOSE = '\uE001';

/** Slack's three entities back to characters; it knows no others. */
function unescapeEntities(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

export function mention(words: string): Html {
  return html`<span class="mention">${words}</span>`;
}

/** Only web and mail addresses become links, never loaded, opened apart from this page. */
export function link(url: string, label: string): Html {
  if (!/^(?:https?:\/\/|mailto:)/i.test(url)) return html`${label}`;
  return html`<a href="${url}" target="_blank" rel="noopener noreferrer nofollow">${label}</a>`;
}

/** The inside of `<…>`. */
function special(inside: string, looks: Looks): Html {
  const [target = '', ...labels] = inside.split('|');
  const label = unescapeEntities(labels.join('|'));
  if (target.startsWith('@')) return mention(`@${personName(looks, target.slice(1))}`);
  if (target.startsWith('#')) return mention(`#${channelName(looks, target.slice(1))}`);
  if (target.startsWith('!subteam^')) return mention(`@${groupHandle(looks, target.slice(9))}`);
  if (/^!(?:here|channel|everyone)$/.test(target)) return mention(`@${target.slice(1)}`);
  const date = /^!date\^(\d+)\^([^^]+)(?:\^(.*))?$/.exec(target);
  if (date !== null) {
    const words = formatSlackDate(Number(date[1]), date[2] ?? '', looks.now);
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

export function mrkdwn(text: string, looks: Looks): Html {
  const parked: Parked[] = [];
  const swap = (from: string, by: keyof Parked): string =>
    from.replace(/\uE000(\d+)\uE001/g, (_all, at: string) => parked[Number(at)]?.[by] ?? '');
  // A piece inside another goes back to its own words first: finished markup must never end up in an attribute.
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
      park((inside) => special(inside, looks)),
    )
    .replace(/:([a-z0-9_+-]+):/g, (all, name: string) => emojiOf(name) ?? all);
  return new Html(swap(quotes(emphasize(escapeHtml(unescapeEntities(rest)))), 'markup'));
}
