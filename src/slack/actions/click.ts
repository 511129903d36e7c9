/**
 * Handles a click on a button or menu of an incident: acknowledges it at once, checks permission, runs the work and
 * answers.
 */
import type { AllMiddlewareArgs, BlockAction, SlackActionMiddlewareArgs, types } from '@slack/bolt';
import type { WallTime } from '../../core/clock.ts';
import type { Incident, Intent } from '../../core/incident.ts';
import type { Logger } from '../../core/logger.ts';
import type { Actor, Allow } from '../allow.ts';
import { type Asker, answer } from '../answer.ts';
import { type ActionValue, parseActionValue } from '../blocks/action-value.ts';
import type { Button, Rendered } from '../blocks/block.ts';
import { peopleAnswer, refusal, shortAnswer } from '../blocks/help.ts';
import type { SlackPorts } from '../ports.ts';

export type ClickArgs = SlackActionMiddlewareArgs<BlockAction> & AllMiddlewareArgs;

export interface ListenerDeps {
  readonly ports: SlackPorts;
  readonly allow: Allow;
  readonly clock: WallTime;
  readonly logger: Logger;
  /** Publishes a person's App Home again. */
  refreshHome(userId: string): Promise<void>;
}

export type Listener = (args: ClickArgs) => Promise<void>;

interface Drawn {
  /** The id of the block action. */
  readonly id: string;
  readonly needs: 'read' | 'act';
  /** Null when the incident's state does not offer the action. */
  draw(incident: Incident): Button | types.StaticSelect | null;
}

/** The intent for the reducer; null for a value that was never offered. */
interface AsksFor {
  intent(value: ActionValue, by: string, at: number): Intent | null;
}

/** Work without the reducer; null sends no answer. */
interface Does {
  work(value: ActionValue, ports: SlackPorts, args: ClickArgs): Promise<Rendered | null>;
}

export type Action = Drawn & (AsksFor | Does);

export function actorOf(body: BlockAction): Actor {
  const ids = [body.team?.id, body.user.team_id].filter((id) => id !== undefined);
  return { userId: body.user.id, teamIds: ids, channelId: body.channel?.id ?? null };
}

function askerOf({ body, client, respond }: ClickArgs, logger: Logger): Asker {
  const thread: unknown = body.message?.thread_ts;
  const threadTs = typeof thread === 'string' ? thread : null;
  return { client, logger, userId: body.user.id, channelId: body.channel?.id ?? null, threadTs, respond };
}

/** The value of the pressed button or chosen option. */
function chosenValue({ action }: ClickArgs): ActionValue | null {
  if (action.type === 'button') return parseActionValue(action.value ?? '');
  if (action.type === 'static_select') return parseActionValue(action.selected_option?.value ?? '');
  return null;
}

export const OUT_OF_DATE =
  'This button is out of date: another version of gapwatch posted it. /nginx-status incidents shows the newest state.';

/** The reducer decides whether an intent still applies and who was first. */
async function answerTo(
  action: Action,
  value: ActionValue,
  args: ClickArgs,
  { ports, clock }: ListenerDeps,
): Promise<Rendered | null> {
  if ('work' in action) return action.work(value, ports, args);
  const intent = action.intent(value, args.body.user.id, clock.now());
  if (intent === null) return shortAnswer(OUT_OF_DATE);
  return peopleAnswer((await ports.intent(intent)).answer);
}

/**
 * Acknowledges, checks `slack.allow`, runs the action and answers with its result. Reports errors to the person and the
 * log, and records every click.
 */
export function onClick(action: Action, deps: ListenerDeps): Listener {
  const { id: what, needs } = action;
  return async (args) => {
    // The work runs even if the acknowledgement fails, for example on a dropped socket.
    await args.ack().catch((error: unknown) => deps.logger.warn({ err: error, what }, 'click not acknowledged'));
    const { allow, ports, clock, logger } = deps;
    const asker = askerOf(args, logger);
    const actor = actorOf(args.body);
    const value = chosenValue(args);
    const record = (text: string): void =>
      ports.record({
        at: clock.now(),
        who: actor.userId,
        name: args.body.user.name ?? args.body.user.username,
        what,
        target: value?.incidentId ?? null,
        answer: text,
      });
    try {
      const verdict = needs === 'read' ? allow.mayRead(actor) : await allow.mayAct(actor);
      if (!verdict.allowed) {
        record(`refused: ${verdict.rule}`);
        return await answer({ ...asker, triggerId: args.body.trigger_id }, refusal(verdict.rule));
      }
      if (value === null) {
        record(OUT_OF_DATE);
        return await answer(asker, shortAnswer(OUT_OF_DATE));
      }
      const rendered = await answerTo(action, value, args, deps);
      record(rendered?.text ?? 'shown');
      if (rendered !== null) await answer(asker, rendered);
      if (actor.channelId === null) await deps.refreshHome(actor.userId);
    } catch (error) {
      logger.error({ err: error, what }, 'click failed');
      await answer(asker, shortAnswer('This failed because of an error in gapwatch. Its log has the details.'));
    }
  };
}
