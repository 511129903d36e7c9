/** Renders one person's view of one place as pieces of HTML for the regions of the document. */
import type { Channel } from '../state/directory.ts';
import { isJson } from '../state/json.ts';
import type { View } from '../state/views.ts';
import type { Workspace } from '../state/workspace.ts';
import { drawBlocks } from './blocks.ts';
import { type Html, html } from './html.ts';
import { APP_AVATAR, drawMessage, drawMessages, type Keyed } from './message.ts';
import type { RenderContext } from './render-context.ts';
import { plainWords } from './text.ts';

/** Older messages stay in the workspace but are not rendered. */
const MAX_SHOWN = 200;

export interface Place {
  readonly user: string;
  /** A channel id, or `home`. */
  readonly at: string;
  readonly thread: string | null;
}

/** Region name → its pieces, in order. */
export type Screen = Readonly<Record<'sidebar' | 'heading' | 'messages' | 'thread' | 'modal', readonly Keyed[]>>;

function one(key: string, part: Html): readonly Keyed[] {
  return [{ key, html: part.markup }];
}

function sidebar(workspace: Workspace, place: Place): Html {
  const { channels, people, teamName, appName } = workspace.directory;
  const entry = (id: string, sign: Html | string, name: string) =>
    html`<a href="#${id}" class="entry${id === place.at && ' current'}"${id === place.at && html` aria-current="page"`}><span class="sign">${sign}</span>${name}</a>`;
  const options = people.map(
    ({ id, realName }) => html`<option value="${id}"${id === place.user && html` selected`}>${realName}</option>`,
  );
  return html`<div class="team">${teamName}</div>
    <nav aria-label="Channels and apps"><h2>Channels</h2>${channels.map(({ id, name }) => entry(id, '#', name))}
    <h2>Apps</h2>${entry('home', APP_AVATAR, appName)}</nav>
    <label class="acting">You act as<select id="acting">${options}</select></label>`;
}

function heading(channel: Channel | undefined, workspace: Workspace): Html {
  if (channel === undefined) {
    const tab = html`<span class="tab current">Home</span>`;
    return html`<h1>${APP_AVATAR}${workspace.directory.appName}</h1><p class="tabs">${tab}</p>`;
  }
  return html`<h1><span class="hash">#</span>${channel.name}</h1><p class="topic">${channel.topic ?? ''}</p>`;
}

function channelMessages(workspace: Workspace, place: Place, context: RenderContext): readonly Keyed[] {
  const own = workspace.messages
    .ephemerals(place.at)
    .filter((item) => item.visible_to === place.user && item.thread_ts === undefined);
  const all = [...workspace.messages.roots(place.at), ...own].sort((a, b) => Number(a.ts) - Number(b.ts));
  if (all.length > 0) return drawMessages(all.slice(-MAX_SHOWN), context);
  const name = workspace.directory.channels.find(({ id }) => id === place.at)?.name ?? place.at;
  const commands = workspace.directory.commands.map(({ command }) => html`<code>${command}</code>`);
  return one(
    'empty',
    html`<div class="empty"><h3>This is the very beginning of #${name}</h3><p>Nothing was posted yet. Type ${commands} below to ask.</p></div>`,
  );
}

function homeTab(workspace: Workspace, place: Place, context: RenderContext): readonly Keyed[] {
  const view = workspace.views.home(place.user);
  if (view === undefined) {
    const words = `${workspace.directory.appName} has not published its Home tab to this person yet.`;
    return one('no-home', html`<div class="empty"><h3>No Home yet</h3><p>${words}</p></div>`);
  }
  return one(view.id, html`<section class="home" data-view="${view.id}">${drawBlocks(view.blocks, context)}</section>`);
}

function thread(workspace: Workspace, place: Place, context: RenderContext): readonly Keyed[] {
  if (place.thread === null) return [];
  const own = workspace.messages
    .ephemerals(place.at)
    .filter((item) => item.visible_to === place.user && item.thread_ts === place.thread);
  const all = [...workspace.messages.thread(place.at, place.thread), ...own];
  return all.map((message) => drawMessage(message, context, true));
}

function modal(view: View | undefined, context: RenderContext, workspace: Workspace): readonly Keyed[] {
  if (view === undefined) return [];
  const close = isJson(view.close) ? plainWords(view.close) : 'Cancel';
  const submit = isJson(view.submit)
    ? html`<button type="submit" class="primary">${plainWords(view.submit)}</button>`
    : html``;
  const problems = workspace.views.errors(view.id);
  const body = drawBlocks(view.blocks, { ...context, errors: problems });
  return one(
    view.id,
    html`<form class="modal" tabindex="-1" role="dialog" aria-modal="true" aria-label="${plainWords(view.title)}" data-view="${view.id}" novalidate>
      <header>${APP_AVATAR}<h2>${plainWords(view.title)}</h2><button type="button" class="dismiss" data-close aria-label="Close">✕</button></header>
      <div class="content">${body}</div>
      <footer><button type="button" data-close>${close}</button>${submit}</footer></form>`,
  );
}

export function drawScreen(workspace: Workspace, place: Place): Screen {
  const context: RenderContext = { directory: workspace.directory, now: new Date(workspace.clock.now()) };
  const channel = workspace.directory.channels.find(({ id }) => id === place.at);
  return {
    sidebar: one('sidebar', sidebar(workspace, place)),
    heading: one('heading', heading(channel, workspace)),
    messages: channel === undefined ? homeTab(workspace, place, context) : channelMessages(workspace, place, context),
    thread: channel === undefined ? [] : thread(workspace, place, context),
    modal: modal(workspace.views.top(place.user), context, workspace),
  };
}
