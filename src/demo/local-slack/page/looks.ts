/** What the renderers need to know about the world: names behind ids, and the time. */
import type { Directory } from '../state/directory.ts';

export interface Looks {
  readonly directory: Directory;
  readonly now: Date;
  /** Problems of the newest submission, by block id. */
  readonly errors?: Readonly<Record<string, string>>;
}

export function personName(looks: Looks, id: string): string {
  const { people, botUserId, appName } = looks.directory;
  if (id === botUserId) return appName;
  return people.find((person) => person.id === id)?.name ?? id;
}

export function channelName(looks: Looks, id: string): string {
  return looks.directory.channels.find((channel) => channel.id === id)?.name ?? id;
}

export function groupHandle(looks: Looks, id: string): string {
  return looks.directory.userGroups.find((group) => group.id === id)?.handle ?? id;
}
