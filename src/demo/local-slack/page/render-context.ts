/** What the renderers need besides the message: the names of ids, and the time. */
import type { Directory } from '../state/directory.ts';

export interface RenderContext {
  readonly directory: Directory;
  readonly now: Date;
  /** Problems of the newest submission, by block id. */
  readonly errors?: Readonly<Record<string, string>>;
}

export function personName(context: RenderContext, id: string): string {
  const { people, botUserId, appName } = context.directory;
  if (id === botUserId) return appName;
  return people.find((person) => person.id === id)?.name ?? id;
}

export function channelName(context: RenderContext, id: string): string {
  return context.directory.channels.find((channel) => channel.id === id)?.name ?? id;
}

export function groupHandle(context: RenderContext, id: string): string {
  return context.directory.userGroups.find((group) => group.id === id)?.handle ?? id;
}
