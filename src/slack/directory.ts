/** Looks up people and user groups in Slack and caches each answer for at most a minute. Does not cache failures. */
import type { webApi } from '@slack/bolt';
import type { Clock } from '../core/clock.ts';

export interface Person {
  /** The workspaces of this person. */
  readonly teamIds: readonly string[];
  /** Single- or multi-channel guest. */
  readonly isGuest: boolean;
  /** A member of another workspace in a shared channel, or deactivated. */
  readonly isStranger: boolean;
}

export interface Directory {
  /** Rejects when Slack gives no answer. */
  person(userId: string): Promise<Person>;
  /** User ids. Rejects when Slack gives no answer. */
  membersOf(groupId: string): Promise<readonly string[]>;
}

const BELIEVED_MS = 60_000;
const MOST_KNOWN = 500;

/** The age counts from the request. Simultaneous requests share one call. */
function remembered<T>(clock: Clock, lookUp: (id: string) => Promise<T>): (id: string) => Promise<T> {
  const known = new Map<string, { readonly at: number; readonly answer: Promise<T> }>();
  return (id) => {
    const now = clock.monotonicMs();
    const last = known.get(id);
    if (last !== undefined && now - last.at < BELIEVED_MS) return last.answer;
    const answer = lookUp(id);
    known.delete(id);
    known.set(id, { at: now, answer });
    answer.catch(() => {
      if (known.get(id)?.answer === answer) known.delete(id);
    });
    const oldest = known.keys().next().value;
    if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest);
    return answer;
  };
}

async function lookUpPerson(client: webApi.WebClient, id: string): Promise<Person> {
  const { user } = await client.users.info({ user: id });
  if (user?.id !== id || user.team_id === undefined) throw new Error('users.info answered without that user');
  const { is_restricted, is_ultra_restricted, is_stranger, deleted, team_id, enterprise_user } = user;
  return {
    teamIds: [team_id, ...(enterprise_user?.teams ?? [])],
    isGuest: is_restricted === true || is_ultra_restricted === true,
    isStranger: is_stranger === true || deleted === true,
  };
}

export function createDirectory(client: webApi.WebClient, clock: Clock): Directory {
  return {
    person: remembered(clock, (id) => lookUpPerson(client, id)),
    membersOf: remembered(clock, async (usergroup) => {
      const { users } = await client.usergroups.users.list({ usergroup });
      if (users === undefined) throw new Error('usergroups.users.list answered without users');
      return users;
    }),
  };
}
