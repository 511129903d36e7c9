/**
 * Handles `/nginx-status`: acknowledges at once and answers from memory. Only the asker sees the answer unless the text
 * says `public`.
 */
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

/** A mute without a cause silences every incident and needs a stronger permission. Ending a mute does not. */
function judge(asked: Command, actor: Actor, allow: Allow): ReturnType<Allow['mayRead' | 'mayAct']> {
  if (asked.kind === 'mute' && asked.cause === null && asked.forMs > 0) return allow.mayMuteEverything(actor);
  return isAct(asked) ? allow.mayAct(actor) : allow.mayRead(actor);
}

export function nginxStatus(deps: ListenerDeps): (args: CommandArgs) => Promise<void> {
  const { ports, allow, clock, logger } = deps;
  return async ({ ack, command, client, respond }) => {
    await ack().catch((error: unknown) => logger.warn({ err: error }, 'command not acknowledged'));
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
      logger.error({ err: error }, 'command failed');
      await answer(asker, shortAnswer('This failed because of an error in gapwatch. Its log has the details.'));
    }
  };
}
