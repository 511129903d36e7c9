/**
 * Turns incident changes into outbox entries, in one transaction each: one parent an incident, one note a change, and
 * in a storm one message for all that were not posted yet. The same change told twice changes nothing.
 */
import type { Clock } from '../core/clock.ts';
import type { Incident, IncidentChange } from '../core/incident.ts';
import type { OutboxEntry, OutboxMessage, OutboxStore } from '../core/outbox.ts';
import type { Rendered } from './blocks/block.ts';
import { incidentMessage, incidentTitle } from './blocks/incident.ts';
import { stormMessage } from './blocks/incident-list.ts';
import { fallback, paragraph } from './blocks/text.ts';
import { threadNote } from './blocks/thread-note.ts';
import type { SlackConfig } from './config.ts';
import { channelFor } from './delivery/route.ts';

export interface AnnouncerDeps {
  readonly store: OutboxStore;
  readonly config: Pick<SlackConfig, 'routes' | 'channel' | 'storm' | 'mentionUserGroup'>;
  readonly clock: Clock;
  seenBefore(incident: Incident): string | null;
}

export interface Announcer {
  /** False when no channel is configured for it. */
  announce(change: IncidentChange): boolean;
  /** A message of its own, once for each key: the digest. */
  say(key: string, channel: string, eventType: string, rendered: Rendered): void;
  /** A line in the incident's thread, once for each key; false when the incident was never announced. */
  remark(incidentId: string, key: string, rendered: Rendered): boolean;
  /** Puts the picture of the minutes before into the incident's message. */
  illustrate(incidentId: string, imageFileId: string): void;
}

const parentKey = (incidentId: string): string => `incident:${incidentId}`;
const incidentsOf = (entries: readonly OutboxEntry[]): Incident[] =>
  entries.flatMap(({ kind, incident }) => (kind === 'parent' && incident !== null ? [incident] : []));

export function createAnnouncer({ store, config, clock, seenBefore }: AnnouncerDeps): Announcer {
  const group = config.mentionUserGroup ?? null;

  function message(eventType: string, id: string, rev: number, { text, blocks }: Rendered): OutboxMessage {
    return { text, blocks, eventType, eventPayload: { id, rev } };
  }

  function draw(incident: Incident, imageFileId: string | null): OutboxMessage {
    const extras = { seenBefore: seenBefore(incident), chartFileId: imageFileId, mentionUserGroup: group };
    return message('gapwatch_incident', incident.id, incident.rev, incidentMessage(incident, extras));
  }

  function fresh(
    entry: Pick<OutboxEntry, 'key' | 'kind' | 'channel' | 'parentKey' | 'message'> & Partial<OutboxEntry>,
  ): OutboxEntry {
    const now = clock.now();
    const blank = {
      incident: null,
      imageFileId: null,
      wantedRev: 1,
      sentRev: null,
      state: 'pending',
      ts: null,
    } as const;
    const start = { batch: null, attempts: 0, notBefore: 0, createdAt: now, changedAt: now, error: null };
    return { ...blank, ...start, seq: store.nextSeq(), ...entry };
  }

  /** A new wanted content; what is under way goes on, and the newest follows it. */
  function renew(entry: OutboxEntry, next: { readonly message: OutboxMessage; readonly incident?: Incident }): void {
    const settled = entry.state === 'sent' || entry.state === 'failed';
    store.put({ ...entry, ...next, wantedRev: entry.wantedRev + 1, state: settled ? 'pending' : entry.state });
  }

  function redrawStorm(storm: OutboxEntry): void {
    const rev = storm.wantedRev + 1;
    const members = incidentsOf(store.children(storm.key));
    renew(storm, { message: message('gapwatch_storm', storm.key, rev, stormMessage(members, clock.now())) });
  }

  /** The storm that a new incident of this channel belongs to, begun if there are enough of them; null in calm weather. */
  function stormFor(channel: string): OutboxEntry | null {
    const since = clock.now() - config.storm.withinMs;
    const recent = store.parentsSince(channel, since).filter(({ incident }) => incident !== null);
    const running = recent.findLast(({ state }) => state === 'folded')?.parentKey ?? null;
    if (running !== null) return store.get(running);
    if (recent.length + 1 < config.storm.incidents) return null;
    const seq = store.nextSeq();
    const key = `storm:${channel}:${clock.now()}:${seq}`;
    const empty = message('gapwatch_storm', key, 0, { text: '', blocks: [] });
    store.put(fresh({ key, kind: 'parent', channel, parentKey: null, message: empty, wantedRev: 0, seq }));
    for (const entry of recent)
      if (entry.state === 'pending' && entry.ts === null && entry.attempts === 0) fold(entry, key);
    return store.get(key);
  }

  /** From now on one line of the storm's message; its notes move to the storm's thread, and say whose they are. */
  function fold(entry: OutboxEntry, stormKey: string): void {
    const title = entry.incident === null ? '' : incidentTitle(entry.incident);
    for (const child of store.children(entry.key)) {
      const { text, blocks } = child.message;
      const named = {
        ...child.message,
        text: `${fallback(title)}: ${text}`,
        blocks: [paragraph(`${title}:`), ...blocks],
      };
      store.put({ ...child, parentKey: stormKey, message: named });
    }
    store.put({ ...entry, state: 'folded', parentKey: stormKey });
  }

  function addNote(change: IncidentChange, thread: OutboxEntry, prefix: string, call: string): void {
    const { incident } = change;
    const key = `note:${incident.id}:${incident.rev}`;
    if (store.get(key) !== null) return;
    const note = threadNote(change, prefix);
    const blocks =
      call === ''
        ? note.blocks
        : [...note.blocks, { type: 'section', text: { type: 'mrkdwn', text: call, verbatim: true } } as const];
    const told = message('gapwatch_note', key, 1, { text: call + note.text, blocks });
    store.put(fresh({ key, kind: 'note', channel: thread.channel, parentKey: thread.key, message: told, incident }));
  }

  function open(change: IncidentChange, channel: string): void {
    const { incident } = change;
    const storm = stormFor(channel);
    const key = parentKey(incident.id);
    const drawn = { message: draw(incident, null), incident };
    if (storm === null) {
      const entry = fresh({ key, kind: 'parent', channel, parentKey: null, ...drawn });
      store.put(entry);
      addNote(change, entry, '', '');
      return;
    }
    store.put(fresh({ key, kind: 'parent', channel, parentKey: storm.key, ...drawn, state: 'folded' }));
    addNote(change, storm, `${incidentTitle(incident)}: `, '');
    redrawStorm(store.get(storm.key) ?? storm);
  }

  function update(change: IncidentChange, own: OutboxEntry): void {
    const { incident } = change;
    const storm = own.state === 'folded' && own.parentKey !== null ? store.get(own.parentKey) : null;
    if (incident.rev > (own.incident?.rev ?? 0)) {
      renew(own, { message: draw(incident, own.imageFileId), incident });
      if (storm !== null) redrawStorm(storm);
    }
    const escalated =
      change.kind === 'worse' && incident.severity === 'critical' && own.incident?.severity !== 'critical';
    const call = escalated && group !== null ? `<!subteam^${group}> ` : '';
    addNote(change, storm ?? own, storm === null ? '' : `${incidentTitle(incident)}: `, call);
  }

  return {
    announce: (change) =>
      store.transaction(() => {
        const own = store.get(parentKey(change.incident.id));
        const channel = own?.channel ?? channelFor(change.incident, config);
        if (channel === null) return false;
        if (own === null) open(change, channel);
        else update(change, own);
        return true;
      }),
    say(key, channel, eventType, rendered) {
      if (store.get(key) !== null) return;
      store.put(
        fresh({ key, kind: 'message', channel, parentKey: null, message: message(eventType, key, 1, rendered) }),
      );
    },
    remark(incidentId, key, rendered) {
      const own = store.get(parentKey(incidentId));
      if (own === null) return false;
      if (store.get(key) !== null) return true;
      const thread = own.state === 'folded' && own.parentKey !== null ? own.parentKey : own.key;
      const told = message('gapwatch_note', key, 1, rendered);
      store.put(
        fresh({ key, kind: 'note', channel: own.channel, parentKey: thread, message: told, incident: own.incident }),
      );
      return true;
    },
    illustrate(incidentId, imageFileId) {
      const own = store.get(parentKey(incidentId));
      if (own?.incident == null) return;
      renew({ ...own, imageFileId }, { message: draw(own.incident, imageFileId) });
    },
  };
}
