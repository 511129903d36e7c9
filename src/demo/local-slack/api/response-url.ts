/** POST to a response_url: five uses in 30 minutes; ephemeral unless asked otherwise; may replace or delete. */
import { type Json, text } from '../state/json.ts';
import type { ResponseContext } from '../state/tickets.ts';
import type { Workspace } from '../state/workspace.ts';
import { SlackRefusal } from './call.ts';
import { botAuthor } from './chat.ts';
import { readContent } from './content.ts';

export interface ResponseUrlAnswer {
  readonly status: number;
  /** `ok`, or Slack's error name. */
  readonly error: string | null;
}

export function answerResponseUrl(workspace: Workspace, path: string, body: Json): ResponseUrlAnswer {
  const use = workspace.tickets.useResponsePath(path);
  if ('error' in use) return { status: 404, error: use.error };
  try {
    respond(workspace, use.context, body);
    return { status: 200, error: null };
  } catch (error) {
    if (!(error instanceof SlackRefusal)) throw error;
    return { status: 400, error: error.error };
  }
}

function flag(value: unknown): boolean | undefined {
  return value === undefined ? undefined : value === true || value === 'true';
}

function respond(workspace: Workspace, context: ResponseContext, body: Json): void {
  const source = context.messageTs;
  if (source !== undefined && flag(body.delete_original) === true) {
    if (context.ephemeral === true) workspace.messages.removeEphemeral(source);
    else workspace.messages.remove(context.channel, source);
    return;
  }
  const content = readContent(body, workspace);
  // The answer to a click replaces the clicked message unless it says otherwise or names a response_type.
  const replaces = flag(body.replace_original) ?? body.response_type === undefined;
  if (source !== undefined && replaces) {
    if (context.ephemeral === true) workspace.messages.replaceEphemeral(source, content);
    else workspace.messages.update(context.channel, source, content, workspace.directory.botUserId);
    return;
  }
  const threadTs = text(body.thread_ts);
  const message = {
    channel: context.channel,
    ...botAuthor(workspace),
    ...content,
    ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
  };
  if (body.response_type === 'in_channel') workspace.messages.post(message);
  else workspace.messages.postEphemeral(message, context.user);
}
