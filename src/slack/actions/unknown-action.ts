/** Buttons of messages that another version posted: acknowledged, and told so. Never acknowledges a known action. */
import { answer } from '../answer.ts';
import { shortAnswer } from '../blocks/help.ts';
import { INCIDENT_ACTIONS } from '../blocks/incident-actions.ts';
import { type Listener, type ListenerDeps, OUT_OF_DATE } from './click.ts';

export const UNKNOWN_ACTION = new RegExp(`^(?!(?:${INCIDENT_ACTIONS.join('|')})$)`);

export const unknownAction = (deps: ListenerDeps): Listener => {
  return async ({ ack, action, body, client, respond }) => {
    await ack().catch((error: unknown) => deps.logger.warn({ err: error }, 'a click could not be acknowledged'));
    const channelId = body.channel?.id ?? null;
    const what = `unknown action ${action.action_id}`.slice(0, 100);
    deps.ports.record({ at: deps.clock.now(), who: body.user.id, what, target: null, answer: OUT_OF_DATE });
    await answer({ client, logger: deps.logger, userId: body.user.id, channelId, respond }, shortAnswer(OUT_OF_DATE));
  };
};
