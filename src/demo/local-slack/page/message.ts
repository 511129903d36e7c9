/** Renders one message with Slack's frame: avatar, author, APP badge, time, blocks, edit mark, thread footer. */
import type { Ephemeral, Message } from '../state/messages.ts';
import { tsToMs } from '../state/ts-source.ts';
import { drawBlocks } from './blocks.ts';
import { type Html, html } from './html.ts';
import { mrkdwn } from './mrkdwn.ts';
import { personName, type RenderContext } from './render-context.ts';
import { clockTime, dayName, formatSlackDate } from './slack-date.ts';

/** A piece of the page that the script replaces only when its HTML changed. */
export interface Keyed {
  readonly key: string;
  readonly html: string;
}

export const APP_AVATAR = html`<svg class="avatar app" viewBox="0 0 36 36" aria-hidden="true"><rect width="36" height="36" rx="8"/><path d="M9 25V11h4l10 14v-5M23 16v-5h4v14"/></svg>`;

function avatar(context: RenderContext, userId: string): Html {
  if (userId === context.directory.botUserId) return APP_AVATAR;
  const at = context.directory.people.findIndex(({ id }) => id === userId);
  const letter = userId === 'USLACKBOT' ? '♥' : personName(context, userId).slice(0, 1).toUpperCase();
  return html`<span class="avatar person-${at === -1 ? 9 : at % 6}" aria-hidden="true">${letter}</span>`;
}

function author(context: RenderContext, userId: string): string {
  if (userId === 'USLACKBOT') return 'Slackbot';
  return context.directory.people.find(({ id }) => id === userId)?.realName ?? personName(context, userId);
}

function threadFooter(message: Message, context: RenderContext): Html {
  if (message.reply_count === undefined) return html``;
  const words = message.reply_count === 1 ? '1 reply' : `${message.reply_count} replies`;
  const last = formatSlackDate(Number(message.latest_reply ?? 0), '{date_short_pretty} at {time}', context.now);
  return html`<button type="button" class="replies" data-open-thread="${message.ts}">${APP_AVATAR}<b>${words}</b><span>Last reply ${last}</span></button>`;
}

/** `inThread`: in the panel on the right, without a thread footer. */
export function drawMessage(message: Message | Ephemeral, context: RenderContext, inThread = false): Keyed {
  const at = new Date(tsToMs(message.ts));
  const blocks = message.blocks ?? [];
  const ephemeral = 'visible_to' in message;
  const isApp = message.bot_id !== undefined || message.user === 'USLACKBOT';
  const body =
    blocks.length > 0 ? drawBlocks(blocks, context) : html`<div class="words">${mrkdwn(message.text, context)}</div>`;
  const markup = html`<article class="message${ephemeral && ' ephemeral'}" data-channel="${message.channel}" data-ts="${message.ts}">
    ${ephemeral && html`<p class="only-you">Only visible to you</p>`}
    ${avatar(context, message.user)}
    <div class="body"><header><b>${author(context, message.user)}</b>${isApp && html`<span class="badge">APP</span>`}<time datetime="${at.toISOString()}" title="${at.toISOString()}">${clockTime(at)}</time></header>
      ${body}
      ${message.edited !== undefined && html`<span class="edited">(edited)</span>`}
      ${!inThread && threadFooter(message, context)}
    </div>
    ${!inThread && !ephemeral && html`<button type="button" class="to-thread" data-open-thread="${message.ts}" aria-label="Reply in thread">Reply in thread</button>`}
  </article>`;
  return { key: message.ts, html: markup.markup };
}

/** Messages with a divider before each new day. */
export function drawMessages(messages: readonly (Message | Ephemeral)[], context: RenderContext): readonly Keyed[] {
  let day = '';
  return messages.flatMap((message) => {
    const name = dayName(new Date(tsToMs(message.ts)), context.now);
    const divider = { key: `day ${name}`, html: html`<p class="day"><span>${name}</span></p>`.markup };
    const isNew = name !== day;
    day = name;
    return isNew ? [divider, drawMessage(message, context)] : [drawMessage(message, context)];
  });
}
