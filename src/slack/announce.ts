/**
 * Turns incident changes into outbox entries, each in one transaction: one message for each incident, one thread note
 * for each change, and one message for all new incidents of a storm. A repeated change has no effect.
 */
import type { WallTime } from '../core/clock.ts';
import type { Incident, IncidentChange } from '../core/incident.ts';
import type { OutboxEntry, OutboxMessage, OutboxStore } from '../core/outbox.ts';
import type { Block, Rendered } from './blocks/block.ts';
import { incidentMessage } from './blocks/incident.ts';
import { stormMessage } from './blocks/incident-list.ts';
import { callGroup, fallback, paragraph } from './blocks/text.ts';
import { threadNote } from './blocks/thread-note.ts';
import { incidentTitle } from './blocks/words.ts';
import type { SlackConfig } from './config.ts';
import { channelFor } from './delivery/route.ts';

export interface AnnouncerDeps {
  readonly store: OutboxStore;
  readonly config: Pick<SlackConfig, 'routes' | 'channel' | 'storm' | 'mentionUserGroup'>;
  readonly clock: WallTime;
  seenBefore(incident: Incident): string | null;
}

export interface Announcer {
  /** Returns false when no channel is configured for the incident. */
  announce(change: IncidentChange): boolean;
  /** Posts a separate message, such as the digest, once for each key. */
  say(key: string, channel: string, eventType: string, rendered: Rendered): void;
  /** Adds a note to the incident's thread, once for each key. Returns false when the incident was never announced. */
  remark(incidentId: string, key: string, rendered: Rendered): boolean;
  /** Adds the finished picture blocks to the incident's message. */
  illustrate(incidentId: string, picture: readonly Block[]): void;
  /** Updates the figures of the incident's message without a thread note. Has no effect when it was never announced. */
  refresh(incident: Incident): void;
  /** Renders the incident's message again after a change outside the incident. */
  redraw(incidentId: string): void;
}

/** Key of the outbox entry for the incident's channel. */
export const channelKey = (incidentId: string): string => `channel:${incidentId}`;
export const parentKey = (incidentId: string): string => `incident:${incidentId}`;
const BLANK = {
  incident: null,
  picture: null,
  wantedRev: 1,
  sentRev: null,
  state: 'pending',
  ts: null,
  batch: null,
  attempts: 0,
  notBefore: 0,
  error: null,
} as const;

function messageOf(eventType: string, id: string, rev: number, { text, blocks }: Rendered): OutboxMessage {
  return { text, blocks, eventType, eventPayload: { id, rev } };
}

const incidentsOf = (entries: readonly OutboxEntry[]): Incident[] =>
  entries.flatMap(({ kind, incident }) => (kind === 'parent' && incident !== null ? [incident] : []));

class OutboxAnnouncer implements Announcer {
  private readonly deps: AnnouncerDeps;
  private readonly store: OutboxStore;
  private readonly group: string | null;

  constructor(deps: AnnouncerDeps) {
    this.deps = deps;
    this.store = deps.store;
    this.group = deps.config.mentionUserGroup ?? null;
  }

  announce(change: IncidentChange): boolean {
    return this.store.transaction(() => {
      const own = this.store.get(parentKey(change.incident.id));
      const channel = own?.channel ?? channelFor(change.incident, this.deps.config);
      if (channel === null) return false;
      if (own === null) this.open(change, channel);
      else this.update(change, own);
      return true;
    });
  }

  say(key: string, channel: string, eventType: string, rendered: Rendered): void {
    if (this.store.get(key) !== null) return;
    this.add({ key, kind: 'message', channel, parentKey: null, message: messageOf(eventType, key, 1, rendered) });
  }

  remark(incidentId: string, key: string, rendered: Rendered): boolean {
    const own = this.store.get(parentKey(incidentId));
    if (own === null) return false;
    if (this.store.get(key) !== null) return true;
    const thread = own.state === 'folded' && own.parentKey !== null ? own.parentKey : own.key;
    const { channel, incident } = own;
    this.add({
      key,
      kind: 'note',
      channel,
      parentKey: thread,
      message: messageOf('gapwatch_note', key, 1, rendered),
      incident,
    });
    return true;
  }

  illustrate(incidentId: string, picture: readonly Block[]): void {
    const own = this.store.get(parentKey(incidentId));
    if (own === null) return;
    this.store.put({ ...own, picture });
    this.redraw(incidentId);
  }

  refresh(incident: Incident): void {
    const own = this.store.get(parentKey(incident.id));
    // Figures of an older revision are ignored, and so is a message folded into a storm.
    if (own === null || own.state === 'folded' || own.incident?.rev !== incident.rev) return;
    this.renew(own, { message: this.draw(incident, own.picture), incident });
  }

  redraw(incidentId: string): void {
    const own = this.store.get(parentKey(incidentId));
    if (own?.incident == null) return;
    this.renew(own, { message: this.draw(own.incident, own.picture) });
  }

  private draw(incident: Incident, picture: readonly object[] | null): OutboxMessage {
    const extras = {
      seenBefore: this.deps.seenBefore(incident),
      picture: (picture ?? []) as Block[],
      mentionUserGroup: this.group,
      channelId: this.store.get(channelKey(incident.id))?.ts ?? null,
    };
    return messageOf('gapwatch_incident', incident.id, incident.rev, incidentMessage(incident, extras));
  }

  private add(
    entry: Pick<OutboxEntry, 'key' | 'kind' | 'channel' | 'parentKey' | 'message'> & Partial<OutboxEntry>,
  ): OutboxEntry {
    const now = this.deps.clock.now();
    const added = { ...BLANK, seq: this.store.nextSeq(), createdAt: now, changedAt: now, ...entry };
    this.store.put(added);
    return added;
  }

  /** Sets new content. A running call continues, and an edit with the newest content follows. */
  private renew(entry: OutboxEntry, next: { readonly message: OutboxMessage; readonly incident?: Incident }): void {
    const settled = entry.state === 'sent' || entry.state === 'failed';
    this.store.put({ ...entry, ...next, wantedRev: entry.wantedRev + 1, state: settled ? 'pending' : entry.state });
  }

  private redrawStorm(key: string): void {
    const storm = this.store.get(key);
    if (storm === null) return;
    const members = incidentsOf(this.store.children(key));
    const rendered = stormMessage(members, this.deps.clock.now(), this.group);
    this.renew(storm, { message: messageOf('gapwatch_storm', key, storm.wantedRev + 1, rendered) });
  }

  /** The storm of this channel, started when there are enough new incidents; null without a storm. */
  private stormFor(channel: string): OutboxEntry | null {
    const { clock, config } = this.deps;
    const now = clock.now();
    // A later time comes from before the clock was set back.
    const recent = this.store
      .parentsSince(channel, now - config.storm.withinMs)
      .filter(({ incident, createdAt }) => incident !== null && createdAt <= now);
    const running = recent.findLast(({ state }) => state === 'folded')?.parentKey ?? null;
    if (running !== null) return this.store.get(running);
    if (recent.length + 1 < config.storm.incidents) return null;
    const key = `storm:${channel}:${now}:${this.store.nextSeq()}`;
    const empty = messageOf('gapwatch_storm', key, 0, { text: '', blocks: [] });
    const storm = this.add({ key, kind: 'parent', channel, parentKey: null, message: empty, wantedRev: 0 });
    for (const entry of recent) {
      if (entry.state === 'pending' && entry.ts === null && entry.attempts === 0) this.fold(entry, key);
    }
    return storm;
  }

  /**
   * Turns the incident's message into a line of the storm message. Its notes move to the storm's thread and name the
   * incident.
   */
  private fold(entry: OutboxEntry, stormKey: string): void {
    const title = entry.incident === null ? '' : incidentTitle(entry.incident);
    for (const child of this.store.children(entry.key)) {
      const text = `${fallback(title)}: ${child.message.text}`;
      const blocks = [paragraph(`${title}:`), ...child.message.blocks];
      this.store.put({ ...child, parentKey: stormKey, message: { ...child.message, text, blocks } });
    }
    this.store.put({ ...entry, state: 'folded', parentKey: stormKey });
  }

  private addNote(change: IncidentChange, thread: OutboxEntry, prefix: string, call: Block[]): void {
    const { incident } = change;
    const key = `note:${incident.id}:${incident.rev}`;
    if (this.store.get(key) !== null) return;
    const note = threadNote(change, prefix);
    const message = messageOf('gapwatch_note', key, 1, { text: note.text, blocks: [...note.blocks, ...call] });
    this.add({ key, kind: 'note', channel: thread.channel, parentKey: thread.key, message, incident });
  }

  private open(change: IncidentChange, channel: string): void {
    const { incident } = change;
    const storm = this.stormFor(channel);
    const drawn = {
      key: parentKey(incident.id),
      kind: 'parent',
      channel,
      message: this.draw(incident, null),
      incident,
    } as const;
    if (storm === null) {
      this.addNote(change, this.add({ ...drawn, parentKey: null }), '', []);
      return;
    }
    this.add({ ...drawn, parentKey: storm.key, state: 'folded' });
    this.addNote(change, storm, `${incidentTitle(incident)}: `, []);
    this.redrawStorm(storm.key);
  }

  private update(change: IncidentChange, own: OutboxEntry): void {
    const { incident, kind } = change;
    const storm = own.state === 'folded' && own.parentKey !== null ? this.store.get(own.parentKey) : null;
    if (incident.rev > (own.incident?.rev ?? 0)) {
      this.renew(own, { message: this.draw(incident, own.picture), incident });
      if (storm !== null) this.redrawStorm(storm.key);
    }
    // Edits notify no person, so a warning that becomes critical also mentions the group in the thread.
    const escalated = kind === 'worse' && incident.severity === 'critical' && own.incident?.severity !== 'critical';
    const call = escalated && this.group !== null ? [callGroup(this.group)] : [];
    this.addNote(change, storm ?? own, storm === null ? '' : `${incidentTitle(incident)}: `, call);
  }
}

export const createAnnouncer = (deps: AnnouncerDeps): Announcer => new OutboxAnnouncer(deps);
