/** Builds the payloads of people's actions, field for field as Slack sends them. */
import type { Person } from '../state/directory.ts';
import type { Json } from '../state/json.ts';
import type { Ephemeral, Message } from '../state/messages.ts';
import type { View } from '../state/views.ts';
import type { Workspace } from '../state/workspace.ts';

/** Fields of every payload of this workspace. */
function common(workspace: Workspace, person: Person): Json {
  const { teamId, teamName, appId } = workspace.directory;
  const domain = teamName.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  const home = person.teamId ?? teamId;
  return {
    user: { id: person.id, username: person.name, name: person.name, team_id: home },
    api_app_id: appId,
    token: 'local-preview',
    team: { id: home, domain },
    enterprise: null,
    is_enterprise_install: false,
  };
}

export interface CommandFacts {
  readonly command: string;
  readonly text: string;
  readonly channel: string;
  readonly responseUrl: string;
}

export function commandPayload(workspace: Workspace, person: Person, facts: CommandFacts): Json {
  const { teamId, teamName, appId, channels } = workspace.directory;
  return {
    token: 'local-preview',
    team_id: person.teamId ?? teamId,
    team_domain: teamName.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'),
    channel_id: facts.channel,
    channel_name: channels.find(({ id }) => id === facts.channel)?.name ?? '',
    user_id: person.id,
    user_name: person.name,
    command: facts.command,
    text: facts.text,
    api_app_id: appId,
    is_enterprise_install: 'false',
    response_url: facts.responseUrl,
    trigger_id: workspace.tickets.trigger(person.id),
  };
}

function state(values: Json): Json {
  return { values };
}

export function messageActionPayload(
  workspace: Workspace,
  person: Person,
  at: {
    readonly message: Message | Ephemeral;
    readonly action: Json;
    readonly values: Json;
    readonly responseUrl: string;
  },
): Json {
  const { message, action, values, responseUrl } = at;
  const isEphemeral = 'visible_to' in message;
  const { channel: channelId, ...wire } = message;
  const thread = message.thread_ts === undefined ? {} : { thread_ts: message.thread_ts };
  return {
    type: 'block_actions',
    ...common(workspace, person),
    container: {
      type: 'message',
      message_ts: message.ts,
      channel_id: channelId,
      is_ephemeral: isEphemeral,
      ...thread,
    },
    trigger_id: workspace.tickets.trigger(person.id),
    channel: { id: channelId, name: workspace.directory.channels.find(({ id }) => id === channelId)?.name ?? '' },
    // Slack omits an ephemeral message.
    ...(isEphemeral ? {} : { message: wire }),
    state: state(values),
    response_url: responseUrl,
    actions: [action],
  };
}

/** Slack's description of a view for the app; `state` holds the person's choices so far. */
function wireView(workspace: Workspace, view: View, values: Json): Json {
  const { teamId, appId, botId } = workspace.directory;
  return {
    title: null,
    close: null,
    submit: null,
    clear_on_close: false,
    notify_on_close: false,
    ...view,
    team_id: teamId,
    app_id: appId,
    bot_id: botId,
    app_installed_team_id: teamId,
    state: state(values),
  };
}

export function viewActionPayload(
  workspace: Workspace,
  person: Person,
  at: { readonly view: View; readonly action: Json; readonly values: Json },
): Json {
  return {
    type: 'block_actions',
    ...common(workspace, person),
    container: { type: 'view', view_id: at.view.id },
    trigger_id: workspace.tickets.trigger(person.id),
    view: wireView(workspace, at.view, at.values),
    actions: [at.action],
  };
}

export function viewPayload(
  workspace: Workspace,
  person: Person,
  type: 'view_submission' | 'view_closed',
  at: { readonly view: View; readonly values: Json },
): Json {
  const extra =
    type === 'view_submission'
      ? { trigger_id: workspace.tickets.trigger(person.id), response_urls: [] }
      : { is_cleared: false };
  return { type, ...common(workspace, person), view: wireView(workspace, at.view, at.values), ...extra };
}

/** `context_team_id` is the team that receives the event, `team_id` the one where it happened. */
export function eventPayload(workspace: Workspace, person: Person, event: Json): Json {
  const { teamId, appId, botUserId } = workspace.directory;
  return {
    token: 'local-preview',
    team_id: person.teamId ?? teamId,
    context_team_id: teamId,
    api_app_id: appId,
    event,
    type: 'event_callback',
    event_id: workspace.ids.next('Ev'),
    event_time: Math.floor(workspace.clock.now() / 1000),
    authorizations: [
      { enterprise_id: null, team_id: teamId, user_id: botUserId, is_bot: true, is_enterprise_install: false },
    ],
    is_ext_shared_channel: false,
  };
}
