/**
 * The actions of people in the local Slack: type a command, click, fill and submit a modal, open the App Home. The page
 * and the tests use the same functions.
 */

import { SlackRefusal } from '../api/call.ts';
import { botAuthor } from '../api/chat.ts';
import { readContent } from '../api/content.ts';
import { deliverEvent } from '../delivery/deliver-event.ts';
import type { Delivery, Transport } from '../delivery/envelope.ts';
import type { Person } from '../state/directory.ts';
import { isJson, type Json } from '../state/json.ts';
import type { Workspace } from '../state/workspace.ts';
import { type Choice, chosenValue } from './chosen-value.ts';
import { type Filled, filledValues } from './filled-values.ts';
import { findElement } from './find-element.ts';
import { commandPayload, eventPayload, messageActionPayload, viewActionPayload } from './payloads.ts';

export interface Click {
  readonly actionId: string;
  readonly blockId?: string;
  /** The option's value, or typed text; absent for buttons. */
  readonly choice?: Choice;
  /** The person who clicks; default: the first person of the directory. */
  readonly user?: string;
  /** For a message (or an ephemeral one). */
  readonly channel?: string;
  readonly ts?: string;
  /** For a modal or home tab. */
  readonly viewId?: string;
  /** The other choices on that surface so far. */
  readonly filled?: Filled;
}

export interface HandsDeps {
  readonly workspace: Workspace;
  readonly transport: Transport;
  readonly origin: string;
}

/** The click's choice is part of the filled values. */
function withChoice(click: Click, action: Json): Filled {
  const blockId = String(action.block_id);
  const own = { ...click.filled?.[blockId], [click.actionId]: click.choice ?? null };
  return { ...click.filled, [blockId]: own };
}

export class Hands {
  readonly #workspace: Workspace;
  readonly #transport: Transport;
  readonly #origin: string;

  constructor(deps: HandsDeps) {
    this.#workspace = deps.workspace;
    this.#transport = deps.transport;
    this.#origin = deps.origin;
  }

  /** The named person, or the first one. Throws when the directory has no such person. */
  person(id?: string): Person {
    const { people } = this.#workspace.directory;
    const found = id === undefined ? people[0] : people.find((person) => person.id === id);
    if (found === undefined) throw new RangeError(`no person ${id ?? ''} in the local Slack`);
    return found;
  }

  /** `/nginx-status slots`, typed into a channel's composer. */
  async sendCommand(line: string, at: { readonly channel?: string; readonly user?: string } = {}): Promise<Delivery> {
    const person = this.person(at.user);
    const channel = at.channel ?? this.#workspace.directory.channels[0]?.id ?? '';
    const command = line.trim().split(/\s/)[0] ?? '';
    const known = this.#workspace.directory.commands.some((one) => one.command === command);
    if (!known) {
      this.#slackbot(channel, person, `\`${command}\` is not a valid command. Slack did not send it to any app.`);
      return { ok: false, error: 'dispatch_failed' };
    }
    const responseUrl = this.#responseUrl({ kind: 'commands', channel, user: person.id });
    const payload = commandPayload(this.#workspace, person, {
      command,
      text: line.trim().slice(command.length).trim(),
      channel,
      responseUrl,
    });
    const delivery = await this.#transport.deliver({ type: 'slash_commands', payload, acceptsResponse: true });
    if (delivery.ok) this.#answerCommand(delivery.payload, channel, person);
    else this.#slackbot(channel, person, `${command} failed with the error "${delivery.error}"`);
    return delivery;
  }

  /** Presses a button or picks an option. Throws a RangeError when there is none. */
  click(click: Click): Promise<Delivery> {
    const payload = click.viewId === undefined ? this.#messageClick(click) : this.#viewClick(click, click.viewId);
    return this.#transport.deliver({ type: 'interactive', payload, acceptsResponse: false });
  }

  /** The person opens the Home tab of the app. Repeated without an acknowledgement, as in Slack. */
  openHome(user?: string): Promise<Delivery> {
    const person = this.person(user);
    const view = this.#workspace.views.home(person.id);
    const payload = eventPayload(this.#workspace, person, {
      type: 'app_home_opened',
      user: person.id,
      channel: `D0${person.id.slice(1)}`,
      tab: 'home',
      event_ts: this.#workspace.ts.next(),
      ...(view === undefined ? {} : { view }),
    });
    return deliverEvent(this.#transport, payload);
  }

  #messageClick(click: Click): Json {
    const { messages, directory } = this.#workspace;
    const channel = click.channel ?? directory.channels[0]?.id ?? '';
    const ts = click.ts ?? '';
    const message = messages.find(channel, ts) ?? messages.ephemerals(channel).find((item) => item.ts === ts);
    if (message === undefined) throw new RangeError(`no message ${ts} in ${channel}`);
    const person = this.person(click.user);
    const responseUrl = this.#responseUrl({
      kind: 'actions',
      channel,
      user: person.id,
      messageTs: ts,
      ephemeral: 'visible_to' in message,
    });
    const blocks = message.blocks ?? [];
    const action = this.#action(blocks, click);
    return messageActionPayload(this.#workspace, person, {
      message,
      action,
      values: filledValues(blocks, withChoice(click, action)),
      responseUrl,
    });
  }

  #viewClick(click: Click, viewId: string): Json {
    const view = this.#workspace.views.find({ id: viewId });
    if (view === undefined) throw new RangeError(`no open view ${viewId}`);
    const action = this.#action(view.blocks, click);
    return viewActionPayload(this.#workspace, this.person(click.user), {
      view,
      action,
      values: filledValues(view.blocks, withChoice(click, action)),
    });
  }

  #action(blocks: readonly Json[], click: Click): Json {
    const found = findElement(blocks, click.actionId, click.blockId);
    if (found === undefined) throw new RangeError(`no element ${click.actionId} to click`);
    const { element, blockId } = found;
    return {
      type: element.type,
      action_id: element.action_id,
      block_id: blockId,
      ...chosenValue(element, click.choice ?? null),
      ...(element.style === undefined ? {} : { style: element.style }),
      action_ts: this.#workspace.ts.next(),
    };
  }

  #responseUrl(context: Parameters<Workspace['tickets']['responsePath']>[0]): string {
    return `${this.#origin}/${this.#workspace.tickets.responsePath(context)}`;
  }

  /** An acknowledgement may carry a message; it is ephemeral unless it says `in_channel`. */
  #answerCommand(payload: Json, channel: string, person: Person): void {
    if (!isJson(payload) || (payload.text === undefined && payload.blocks === undefined)) return;
    try {
      const content = { channel, ...botAuthor(this.#workspace), ...readContent(payload, this.#workspace) };
      if (payload.response_type === 'in_channel') this.#workspace.messages.post(content);
      else this.#workspace.messages.postEphemeral(content, person.id);
    } catch (error) {
      if (!(error instanceof SlackRefusal)) throw error;
      this.#slackbot(
        channel,
        person,
        `The app answered something Slack refuses: ${[error.error, ...error.messages].join(' ')}`,
      );
    }
  }

  #slackbot(channel: string, person: Person, text: string): void {
    this.#workspace.messages.postEphemeral({ channel, user: 'USLACKBOT', text }, person.id);
  }
}
