/**
 * Creates a separate channel for an incident when the config asks for it, invites people and links it from the
 * incident's message. The name follows from the incident, so a retry finds the existing channel. Missing scopes cost
 * the channel, never the message.
 */
import type { webApi } from '@slack/bolt';
import type { WallTime } from '../core/clock.ts';
import type { Incident, IncidentChange } from '../core/incident.ts';
import type { Logger } from '../core/logger.ts';
import type { OutboxEntry, OutboxStore } from '../core/outbox.ts';
import { type Announcer, channelKey, parentKey } from './announce.ts';
import { channel as channelLink, fallback, mrkdwn, paragraph, section } from './blocks/text.ts';
import { threadNote } from './blocks/thread-note.ts';
import { incidentTitle } from './blocks/words.ts';
import type { SlackConfig } from './config.ts';
import { outcomeOf, remedyFor } from './delivery/outcome.ts';
import type { Directory } from './directory.ts';

export interface IncidentChannelsDeps {
  readonly config: SlackConfig['incidentChannels'];
  readonly store: OutboxStore;
  readonly announcer: Announcer;
  readonly client: webApi.WebClient;
  readonly directory: Directory;
  readonly clock: WallTime;
  readonly logger: Logger;
}

export interface IncidentChannels {
  /** Synchronous and durable. Runs in the transaction of the change. */
  follow(change: IncidentChange): void;
  /** Creates the channels that are due. Never rejects. */
  pump(): Promise<void>;
}

const RETRY_MS = 10_000;
const MOST_NAME = 80;
/** Errors that mean that the person is in the channel already. */
const ALREADY_IN: ReadonlySet<string> = new Set(['already_in_channel', 'cant_invite_self']);

/** `inc-nginx-slow-upstream-web-1-mi8zk0`: Slack takes lower case, digits, hyphens and at most 80 characters. */
export function channelName({ id, cause, host }: Incident): string {
  const tail = `-${id.replace(/^inc-/, '')}`.toLowerCase().replace(/[^a-z0-9-]+/g, '-');
  const head = `inc-nginx-${cause}-${host}`.toLowerCase().replace(/[^a-z0-9-]+/g, '-');
  return head.slice(0, MOST_NAME - tail.length) + tail;
}

class ChannelMaker implements IncidentChannels {
  private readonly deps: IncidentChannelsDeps;
  private busy = false;

  constructor(deps: IncidentChannelsDeps) {
    this.deps = deps;
  }

  follow(change: IncidentChange): void {
    const { config, store, announcer } = this.deps;
    const { kind, incident } = change;
    if (!config.enabled) return;
    if (incident.state !== 'resolved' && config.severities.includes(incident.severity)) this.want(incident);
    const channel = store.get(channelKey(incident.id))?.ts ?? null;
    if (kind === 'resolved' && channel !== null)
      announcer.say(`outro:${incident.id}`, channel, 'gapwatch_channel', threadNote(change));
  }

  async pump(): Promise<void> {
    const { config, store, clock, logger } = this.deps;
    if (this.busy || !config.enabled) return;
    this.busy = true;
    try {
      const due = store.unsettled().filter(({ kind, notBefore }) => kind === 'channel' && notBefore <= clock.now());
      for (const entry of due) await this.serve(entry);
    } catch (error) {
      logger.error({ err: error }, 'incident channels failed');
    } finally {
      this.busy = false;
    }
  }

  private want(incident: Incident): void {
    const { store, clock } = this.deps;
    const parent = store.get(parentKey(incident.id));
    const key = channelKey(incident.id);
    // An incident in a storm gets no channel.
    if (parent === null || parent.state === 'folded' || store.get(key) !== null) return;
    const [createdAt, changedAt] = [clock.now(), clock.now()];
    const eventPayload = { id: incident.id, rev: 1 };
    const message = { text: channelName(incident), blocks: [], eventType: 'gapwatch_channel', eventPayload };
    const fresh = { state: 'pending', ts: null, sentRev: null, attempts: 0, notBefore: 0, picture: null } as const;
    const link = { key, kind: 'channel', parentKey: parent.key, seq: store.nextSeq() } as const;
    store.put({ ...parent, ...fresh, ...link, message, incident, createdAt, changedAt });
  }

  private async serve(entry: OutboxEntry): Promise<void> {
    const { store, clock, logger } = this.deps;
    const { incident } = entry;
    if (incident === null) return;
    const settle = (over: Partial<OutboxEntry>): void => store.put({ ...entry, changedAt: clock.now(), ...over });
    try {
      const channel = await this.make(entry.message.text);
      await this.invite(channel);
      store.transaction(() => {
        settle({ state: 'sent', ts: channel, error: null });
        this.introduce(incident, channel);
      });
    } catch (error) {
      const outcome = outcomeOf(error);
      if (outcome.kind === 'refused') {
        settle({ state: 'failed', error: outcome.error });
        const remedy = remedyFor(outcome.error);
        logger.error({ error: outcome.error, remedy, incident: incident.id }, 'incident channel not created');
        return;
      }
      const wait = Math.max(RETRY_MS, outcome.kind === 'not-sent' ? (outcome.retryAfterMs ?? 0) : 0);
      settle({ attempts: entry.attempts + 1, notBefore: clock.now() + wait, error: outcome.error });
    }
  }

  private async make(name: string): Promise<string> {
    const { client } = this.deps;
    try {
      const id = (await client.conversations.create({ name })).channel?.id;
      if (id === undefined) throw new Error('conversations.create answered without an id');
      return id;
    } catch (error) {
      if (outcomeOf(error).error !== 'name_taken') throw error;
      return this.findByName(name);
    }
  }

  private async findByName(name: string): Promise<string> {
    const { client } = this.deps;
    let cursor: string | undefined;
    do {
      const page = { types: 'public_channel', exclude_archived: true, limit: 500, ...(cursor ? { cursor } : {}) };
      const answer = await client.conversations.list(page);
      const found = answer.channels?.find((channel) => channel.name === name)?.id;
      if (found !== undefined) return found;
      cursor = answer.response_metadata?.next_cursor;
    } while (cursor);
    throw new Error(`the channel ${name} exists and is not listed`);
  }

  private async invite(channel: string): Promise<void> {
    const { client, config, logger, directory } = this.deps;
    try {
      const members = await Promise.all(config.userGroups.map((group) => directory.membersOf(group)));
      const users = [...new Set([...config.users, ...members.flat()])];
      if (users.length > 0) await client.conversations.invite({ channel, users: users.join(',') });
    } catch (error) {
      if (!ALREADY_IN.has(outcomeOf(error).error)) logger.warn({ err: error, channel }, 'inviting people failed');
    }
  }

  private introduce(incident: Incident, channel: string): void {
    const { announcer, store } = this.deps;
    announcer.redraw(incident.id);
    const words = `${incidentTitle(incident)}: ${incident.diagnosis.summary}`;
    const home = channelLink(store.get(parentKey(incident.id))?.channel ?? '');
    announcer.say(`intro:${incident.id}`, channel, 'gapwatch_channel', {
      text: fallback(words),
      blocks: [paragraph(words), section(mrkdwn`Its message, with the controls and the history, is in ${home}`)],
    });
  }
}

export const createIncidentChannels = (deps: IncidentChannelsDeps): IncidentChannels => new ChannelMaker(deps);
