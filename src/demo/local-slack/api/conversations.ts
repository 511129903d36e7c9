/** conversations.history, .replies, .info, .list, .members, .create, .invite. */
import type { Channel } from '../state/directory.ts';
import { type Json, text } from '../state/json.ts';
import type { Message } from '../state/messages.ts';
import type { Workspace } from '../state/workspace.ts';
import { type Method, needed, SlackRefusal } from './call.ts';

const DEFAULT_LIMIT = 100;
const MOST_NAME = 80;

function known(workspace: Workspace, args: Json): Channel {
  const id = needed(args, 'channel', 'channel_not_found');
  const channel = workspace.directory.channels.find((one) => one.id === id);
  if (channel === undefined) throw new SlackRefusal('channel_not_found');
  return channel;
}

function readable(workspace: Workspace, args: Json): Channel {
  const channel = known(workspace, args);
  if (channel.member === false) throw new SlackRefusal('not_in_channel');
  return channel;
}

function wire(channel: Channel): Json {
  return {
    id: channel.id,
    name: channel.name,
    is_channel: true,
    is_private: false,
    is_archived: channel.archived === true,
    is_member: channel.member !== false,
    is_ext_shared: channel.shared === true,
    is_shared: channel.shared === true,
    topic: { value: channel.topic ?? '', creator: '', last_set: 0 },
  };
}

/** Returns metadata only on request. */
function shown(message: Message, args: Json): Json {
  const { metadata, ...rest } = message;
  const wanted = args.include_all_metadata === true || args.include_all_metadata === 'true';
  return wanted && metadata !== undefined ? { ...rest, metadata } : rest;
}

function within(messages: readonly Message[], args: Json): readonly Message[] {
  const oldest = Number(text(args.oldest) ?? 0);
  const latest = Number(text(args.latest) ?? Number.POSITIVE_INFINITY);
  const inclusive = String(args.inclusive ?? 'false') === 'true';
  return messages.filter(({ ts }) => {
    const at = Number(ts);
    return inclusive ? at >= oldest && at <= latest : at > oldest && at < latest;
  });
}

function page(messages: readonly Message[], args: Json): Json {
  const limit = Math.min(Number(args.limit ?? DEFAULT_LIMIT) || DEFAULT_LIMIT, 999);
  const from = Number(text(args.cursor) ?? 0) || 0;
  const more = from + limit < messages.length;
  return {
    messages: messages.slice(from, from + limit).map((message) => shown(message, args)),
    has_more: more,
    ...(more ? { response_metadata: { next_cursor: String(from + limit) } } : {}),
  };
}

const history: Method = ({ workspace, args }) => {
  const channel = readable(workspace, args);
  return page(within(workspace.messages.roots(channel.id), args).toReversed(), args);
};

const replies: Method = ({ workspace, args }) => {
  const channel = readable(workspace, args);
  const thread = workspace.messages.thread(channel.id, needed(args, 'ts', 'thread_not_found'));
  if (thread.length === 0) throw new SlackRefusal('thread_not_found');
  return page(within(thread, args), args);
};

const info: Method = ({ workspace, args }) => ({ channel: wire(known(workspace, args)) });

const list: Method = ({ workspace }) => ({ channels: workspace.directory.channels.map(wire) });

const members: Method = ({ workspace, args }) => {
  known(workspace, args);
  return { members: [workspace.directory.botUserId, ...workspace.directory.people.map(({ id }) => id)] };
};

const create: Method = ({ workspace, args }) => {
  const name = needed(args, 'name', 'invalid_name_required');
  if (name.length > MOST_NAME) throw new SlackRefusal('invalid_name_maxlength');
  if (!/^[\p{Ll}\p{N}_-]+$/u.test(name)) throw new SlackRefusal('invalid_name_specials');
  if (workspace.directory.channels.some((one) => one.name === name)) throw new SlackRefusal('name_taken');
  const channel = { id: workspace.ids.next('C'), name, topic: '', invited: [] };
  workspace.putChannel(channel);
  return { channel: wire(channel) };
};

const invite: Method = ({ workspace, args }) => {
  const channel = readable(workspace, args);
  const users = needed(args, 'users', 'no_user').split(',');
  const { people } = workspace.directory;
  if (users.some((user) => !people.some(({ id }) => id === user))) throw new SlackRefusal('user_not_found');
  const there = channel.invited ?? [];
  if (users.every((user) => there.includes(user))) throw new SlackRefusal('already_in_channel');
  workspace.putChannel({ ...channel, invited: [...new Set([...there, ...users])] });
  return { channel: wire(channel) };
};

export const conversationMethods: Readonly<Record<string, Method>> = {
  'conversations.history': history,
  'conversations.replies': replies,
  'conversations.info': info,
  'conversations.list': list,
  'conversations.members': members,
  'conversations.create': create,
  'conversations.invite': invite,
};
