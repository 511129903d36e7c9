/** chat.postMessage, chat.update, chat.delete, chat.postEphemeral. */
import type { Channel } from '../state/directory.ts';
import { type Json, text } from '../state/json.ts';
import type { Message } from '../state/messages.ts';
import type { Workspace } from '../state/workspace.ts';
import { type Call, type Method, needed, SlackRefusal } from './call.ts';
import { readContent } from './content.ts';

/** The channel, by id or name, to which the bot may write. */
export function writableChannel(workspace: Workspace, args: Json): Channel {
  const wanted = needed(args, 'channel', 'channel_not_found').replace(/^#/, '');
  const channel = workspace.directory.channels.find(({ id, name }) => id === wanted || name === wanted);
  if (channel === undefined) throw new SlackRefusal('channel_not_found');
  if (channel.archived === true) throw new SlackRefusal('is_archived');
  if (channel.member === false) throw new SlackRefusal('not_in_channel');
  return channel;
}

/** The app as the author of a message. */
export function botAuthor(workspace: Workspace) {
  const { botUserId, botId, appId, teamId } = workspace.directory;
  return { user: botUserId, bot_id: botId, app_id: appId, team: teamId };
}

function threadArgument(workspace: Workspace, channel: string, args: Json): { thread_ts?: string } {
  const threadTs = text(args.thread_ts);
  if (threadTs === undefined || threadTs === '') return {};
  if (workspace.messages.find(channel, threadTs) === undefined) throw new SlackRefusal('thread_not_found');
  return { thread_ts: threadTs };
}

const postMessage: Method = ({ workspace, args }) => {
  const channel = writableChannel(workspace, args);
  const content = readContent(args, workspace);
  const thread = threadArgument(workspace, channel.id, args);
  const message = workspace.messages.post({
    channel: channel.id,
    ...botAuthor(workspace),
    ...content,
    ...thread,
  });
  return { channel: channel.id, ts: message.ts, message };
};

const postEphemeral: Method = ({ workspace, args }) => {
  const channel = writableChannel(workspace, args);
  const user = needed(args, 'user', 'user_not_in_channel');
  if (!workspace.directory.people.some(({ id }) => id === user)) throw new SlackRefusal('user_not_in_channel');
  const content = readContent(args, workspace);
  const thread = threadArgument(workspace, channel.id, args);
  const item = workspace.messages.postEphemeral(
    { channel: channel.id, ...botAuthor(workspace), ...content, ...thread },
    user,
  );
  return { message_ts: item.ts };
};

/** A message that the app may change: it exists and the app posted it. */
function ownMessage({ workspace, args }: Call, channel: string, refusal: string): Message {
  const message = workspace.messages.find(channel, needed(args, 'ts', 'message_not_found'));
  if (message === undefined) throw new SlackRefusal('message_not_found');
  if (message.bot_id !== workspace.directory.botId) throw new SlackRefusal(refusal);
  return message;
}

const update: Method = (call) => {
  const { workspace, args } = call;
  const channel = writableChannel(workspace, args);
  const old = ownMessage(call, channel.id, 'cant_update_message');
  const content = readContent(args, workspace);
  const message = workspace.messages.update(channel.id, old.ts, content, workspace.directory.botUserId);
  return { channel: channel.id, ts: old.ts, text: content.text, message };
};

const remove: Method = (call) => {
  const channel = writableChannel(call.workspace, call.args);
  const { ts } = ownMessage(call, channel.id, 'cant_delete_message');
  call.workspace.messages.remove(channel.id, ts);
  return { channel: channel.id, ts };
};

const getPermalink: Method = ({ workspace, args, origin }) => {
  const channel = needed(args, 'channel', 'channel_not_found');
  const ts = needed(args, 'message_ts', 'message_not_found');
  if (workspace.messages.find(channel, ts) === undefined) throw new SlackRefusal('message_not_found');
  return { channel, permalink: `${origin}/?channel=${channel}&thread=${ts}` };
};

export const chatMethods: Readonly<Record<string, Method>> = {
  'chat.postMessage': postMessage,
  'chat.postEphemeral': postEphemeral,
  'chat.update': update,
  'chat.delete': remove,
  'chat.getPermalink': getPermalink,
};
