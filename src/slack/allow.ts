/** Decides who may ask and who may act, at every click and command. Never trusts the payload of a button. */
import type { Logger } from '../core/logger.ts';
import type { SlackConfig } from './config.ts';
import { outcomeOf, remedyFor } from './delivery/outcome.ts';
import type { Directory } from './directory.ts';

export interface Actor {
  readonly userId: string;
  /** Every team in the payload: of the workspace and of the user. */
  readonly teamIds: readonly string[];
  /** Null in the App Home. */
  readonly channelId: string | null;
}

type Verdict =
  | { readonly allowed: true }
  /** `isElsewhere`: a person of another workspace, who sees nothing without asking. */
  | { readonly allowed: false; readonly rule: string; readonly isElsewhere: boolean };

export interface Allow {
  mayRead(actor: Actor): Verdict;
  /** Acknowledge, snooze, resolve, re-run checks, mute one cause. */
  mayAct(actor: Actor): Promise<Verdict>;
  mayMuteEverything(actor: Actor): Promise<Verdict>;
}

export interface AllowDeps {
  readonly config: SlackConfig['allow'];
  /** Our workspace, and its Enterprise organisation if it has one. */
  readonly homeIds: readonly string[];
  readonly directory: Directory;
  readonly logger: Logger;
}

const YES: Verdict = { allowed: true };
const no = (rule: string): Verdict => ({ allowed: false, rule, isElsewhere: false });
const ELSEWHERE: Verdict = {
  allowed: false,
  rule: 'Only members of the workspace in which gapwatch is installed may use it (Slack Connect guests may not).',
  isElsewhere: true,
};

export function createAllow({ config, homeIds, directory, logger }: AllowDeps): Allow {
  /** A person who cannot be looked up is refused. */
  const refuseUnknown = (error: unknown, what: string): Verdict => {
    const { error: name } = outcomeOf(error);
    logger.warn({ err: error }, 'user lookup failed, action refused');
    const remedy = remedyFor(name);
    return no(`${what} could not be looked up (${name}), so this is refused.${remedy === null ? '' : ` ${remedy}`}`);
  };

  /** `groups` in the order of the config. The first group with the person ends the search. */
  async function isNamed(userId: string, users: readonly string[], groups: readonly string[], rule: string) {
    if (users.includes(userId)) return YES;
    for (const group of groups) {
      try {
        if ((await directory.membersOf(group)).includes(userId)) return YES;
      } catch (error) {
        return refuseUnknown(error, `Whether you are in the user group ${group}`);
      }
    }
    return no(rule);
  }

  async function isMember(userId: string): Promise<Verdict> {
    try {
      const { teamIds, isGuest, isStranger } = await directory.person(userId);
      if (isStranger || !teamIds.some((id) => homeIds.includes(id))) return ELSEWHERE;
      if (isGuest && !config.guests) return no('Guests may not do this (slack.allow.guests).');
      return YES;
    } catch (error) {
      return refuseUnknown(error, 'Whether you are a guest');
    }
  }

  function mayRead({ teamIds, channelId }: Actor): Verdict {
    if (teamIds.length === 0 || teamIds.some((id) => !homeIds.includes(id))) return ELSEWHERE;
    if (config.channels.length > 0 && (channelId === null || !config.channels.includes(channelId))) {
      const here = channelId === null ? 'the App Home' : 'this';
      return no(`gapwatch answers in the channels of slack.allow.channels only, and ${here} is not one of them.`);
    }
    return YES;
  }

  async function mayAct(actor: Actor): Promise<Verdict> {
    const read = mayRead(actor);
    if (!read.allowed) return read;
    const { users, userGroups } = config;
    if (users.length > 0 || userGroups.length > 0) {
      const rule = 'Only users of slack.allow.users and members of slack.allow.userGroups may do this.';
      const named = await isNamed(actor.userId, users, userGroups, rule);
      if (!named.allowed) return named;
    }
    return isMember(actor.userId);
  }

  return {
    mayRead,
    mayAct,
    async mayMuteEverything(actor) {
      const act = await mayAct(actor);
      if (!act.allowed || config.muteAll.length === 0) return act;
      const users = config.muteAll.filter((id) => !id.startsWith('S'));
      const groups = config.muteAll.filter((id) => id.startsWith('S'));
      const rule =
        'Only the users and user groups of slack.allow.muteAll may mute everything; name a cause, as in mute 2h slow-upstream.';
      return isNamed(actor.userId, users, groups, rule);
    },
  };
}

/** The rules as a sentence for the doctor. */
export function allowWords({ channels, users, userGroups, muteAll, guests }: SlackConfig['allow']): string {
  const named = [...users, ...userGroups];
  const act = named.length === 0 ? 'every member of the workspace' : named.join(', ');
  const mute = muteAll.length === 0 ? 'everyone who may act' : muteAll.join(', ');
  const where = channels.length === 0 ? 'in every channel and the App Home' : `in ${channels.join(', ')}`;
  const guest = guests ? 'guests too' : 'no guests';
  return `${where}; may act: ${act} (${guest}, no members of other workspaces); may mute everything: ${mute}`;
}
