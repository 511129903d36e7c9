/** `/nginx-status`: acknowledged at once, answered from memory; only the asker sees it unless `public` was said. */
import type { AllMiddlewareArgs, SlackCommandMiddlewareArgs } from '@slack/bolt';
import type { ListenerDeps } from '../actions/click.ts';
import type { Actor, Allow } from '../allow.ts';
import { answer } from '../answer.ts';
import { refusal, shortAnswer } from '../blocks/help.ts';
import { type Command, parseCommand } from './grammar.ts';
import { reply } from './replies.ts';
import { TOPICS } from './words.ts';

export type CommandArgs = SlackCommandMiddlewareArgs & AllMiddlewareArgs;

const isAct = ({ kind }: Command): boolean => TOPICS.some(({ word, acts }) => acts && word === kind);

/** Without a cause a mute silences every incident; to end one is no more than an act. */
function judge(asked: Command, actor: Actor, allow: Allow): ReturnType<Allow['mayRead' | 'mayAct']> {
  if (asked.kind === 'mute' && asked.cause === null && asked.forMs > 0) return allow.mayMuteEverything(actor);
  return isAct(asked) ? allow.mayAct(actor) : allow.mayRead(actor);
}

export function nginxStatus(deps: ListenerDeps): (args: CommandArgs) => Promise<void> {
  const { ports, allow, clock, logger } = deps;
  return async ({ ack, command, client, respond }) => {
    await ack().catch((error: unknown) => logger.warn({ err: error }, 'a command could not be acknowledged'));
    const actor: Actor = { userId: command.user_id, teamIds: [command.team_id], channelId: command.channel_id };
    const asker = { client, logger, userId: actor.userId, channelId: actor.channelId, respond };
    try {
      const asked = parseCommand(command.text, {
        hosts: ports.hosts(),
        causes: ports.causes(),
        checks: ports.checks(),
        nearest: ports.nearest,
      });
      const acts = isAct(asked);
      const verdict = await judge(asked, actor, allow);
      const rendered = verdict.allowed ? await reply(asked, actor.userId, { ports, clock }) : refusal(verdict.rule);
      if (acts || !verdict.allowed) {
        ports.record({ at: clock.now(), who: actor.userId, what: asked.kind, target: null, answer: rendered.text });
      }
      await answer(asker, rendered, verdict.allowed && asked.isPublic);
    } catch (error) {
      logger.error({ err: error }, 'a command failed');
      await answer(asker, shortAnswer('That did not work: an error in gapwatch, which is in its log.'));
    }
  };
}
