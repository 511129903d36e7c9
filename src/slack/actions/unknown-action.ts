/** Answers buttons that another version posted with a hint. Never handles a known action. */
import { ACTIONS } from '../actions.ts';
import { answer } from '../answer.ts';
import { refusal, shortAnswer } from '../blocks/help.ts';
import { actorOf, type Listener, type ListenerDeps, OUT_OF_DATE } from './click.ts';

export const UNKNOWN_ACTION = new RegExp(`^(?!(?:${ACTIONS.map(({ id }) => id).join('|')})$)`);

export const unknownAction = ({ ports, allow, clock, logger }: ListenerDeps): Listener => {
  return async ({ ack, action, body, client, respond }) => {
    await ack().catch((error: unknown) => logger.warn({ err: error }, 'click not acknowledged'));
    const actor = actorOf(body);
    const verdict = allow.mayRead(actor);
    const rendered = verdict.allowed ? shortAnswer(OUT_OF_DATE) : refusal(verdict.rule);
    const what = `unknown action ${action.action_id}`.slice(0, 100);
    ports.record({ at: clock.now(), who: actor.userId, what, target: null, answer: rendered.text });
    await answer({ client, logger, userId: actor.userId, channelId: actor.channelId, respond }, rendered);
  };
};
