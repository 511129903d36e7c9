/** Who may ask and who may act: decided here at every click and command, whatever the button says. */
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { SlackConfig } from './config.ts';

export interface Actor {
  readonly userId: string;
  /** Every team the payload names: of the workspace, and of the user. */
  readonly teamIds: readonly string[];
  /** Null in the App Home. */
  readonly channelId: string | null;
}

type Verdict = { readonly allowed: true } | { readonly allowed: false; readonly rule: string };

export interface Allow {
  mayRead(actor: Actor): Verdict;
  mayAct(actor: Actor): Promise<Verdict>;
}

export interface AllowDeps {
  readonly config: SlackConfig['allow'];
  /** Our own workspace, and its Enterprise organisation if it has one. */
  readonly homeIds: readonly string[];
  /** User ids of a user group; rejects when Slack does not say. */
  membersOf(groupId: string): Promise<readonly string[]>;
  readonly clock: Clock;
  readonly logger: Logger;
}

const CACHE_MS = 300_000;
const YES: Verdict = { allowed: true };
const no = (rule: string): Verdict => ({ allowed: false, rule });

export function createAllow({ config, homeIds, membersOf, clock, logger }: AllowDeps): Allow {
  const cache = new Map<string, { readonly at: number; readonly members: ReadonlySet<string> }>();

  async function isMember(groupId: string, userId: string): Promise<boolean> {
    const known = cache.get(groupId);
    if (known !== undefined && clock.now() - known.at < CACHE_MS) return known.members.has(userId);
    const members = new Set(await membersOf(groupId));
    cache.set(groupId, { at: clock.now(), members });
    return members.has(userId);
  }

  function mayRead({ teamIds, channelId }: Actor): Verdict {
    if (teamIds.length === 0 || teamIds.some((id) => !homeIds.includes(id))) {
      return no(
        'Only members of the workspace that gapwatch is installed in may use it (Slack Connect guests may not).',
      );
    }
    if (config.channels.length > 0 && channelId !== null && !config.channels.includes(channelId)) {
      return no('gapwatch answers in the channels of slack.allow.channels only, and this is none of them.');
    }
    return YES;
  }

  return {
    mayRead,
    async mayAct(actor) {
      const read = mayRead(actor);
      if (!read.allowed) return read;
      if (config.users.length === 0 && config.userGroups.length === 0) return YES;
      if (config.users.includes(actor.userId)) return YES;
      for (const groupId of config.userGroups) {
        try {
          if (await isMember(groupId, actor.userId)) return YES;
        } catch (error) {
          logger.warn({ err: error, groupId }, 'user group lookup failed, so nobody of it may act');
          return no(
            `Whether you are in the user group ${groupId} of slack.allow.userGroups could not be looked up, so the answer is no.`,
          );
        }
      }
      return no('Only users of slack.allow.users and members of slack.allow.userGroups may do this.');
    },
  };
}
