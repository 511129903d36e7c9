/** Answers Slack's questions from memory: newest evidence, store and open incidents. */

import { type Check, worstFirst } from '../checks/answer.ts';
import { runChecks } from '../checks/run-checks.ts';
import { nearestWord } from '../config/nearest-word.ts';
import type { Config } from '../config/schema.ts';
import type { WallTime } from '../core/clock.ts';
import type { Incident } from '../core/incident.ts';
import { CANNOT_TELL } from '../diagnose/cannot-tell.ts';
import type { Cause } from '../diagnose/cause.ts';
import type { HomeData, Report, SlackPorts } from '../slack/ports.ts';
import type { Store } from '../store/store.ts';
import { JOURNAL_KEPT_MS } from './housekeeping.ts';
import type { Mutes } from './mutes.ts';
import { newestFigures } from './newest-figures.ts';
import { pendingDiagnosis } from './pending-diagnosis.ts';
import { createPeople } from './people.ts';
import type { Rechecks } from './recheck.ts';
import { digestOf, digestRequest } from './reports/digest-report.ts';
import { type DoctorItem, doctorReport, examine, sightOf } from './reports/doctor.ts';
import { doctorExtras } from './reports/doctor-extras.ts';
import type { Service } from './service.ts';
import { storeItem } from './store-notices.ts';

export interface SlackPortsDeps {
  readonly config: Config;
  readonly host: string;
  readonly service: Service;
  readonly store: Store;
  readonly mutes: Mutes;
  readonly rechecks: Rechecks;
  readonly clock: WallTime;
  readonly causes: readonly Cause[];
  readonly checks: readonly Check[];
  audit(): Promise<Report>;
  /** Doctor items about Slack. */
  slackItems(): Promise<readonly DoctorItem[]>;
  nextDigestAt(): number | null;
}

const DAY_MS = 24 * 60 * 60_000;
const EXCERPTS = 20;
const EXCERPTS_EACH = 4;
/** The number of lines read for excerpts. Slack does not wait for an hour of a flood. */
const EXCERPTS_FROM = 2_000;
const BEFORE_MS = 60_000;

/** The newest lines of each pattern from `from` to the end of the incident. */
function excerptsOf(store: Store, { resolvedAt }: Incident, from: number): string[] {
  const signals = store.journal.newestSignals(from, resolvedAt ?? Number.MAX_SAFE_INTEGER, EXCERPTS_FROM);
  const places = new Map<string, number>();
  const shown = signals.toReversed().filter(({ pattern }) => {
    const place = (places.get(pattern) ?? 0) + 1;
    places.set(pattern, place);
    return place <= EXCERPTS_EACH;
  });
  return shown
    .slice(0, EXCERPTS)
    .reverse()
    .map(({ line, count }) => (count > 1 ? `${line} (${count} times)` : line));
}

function homeOf({ host, service, mutes, clock, nextDigestAt }: SlackPortsDeps): HomeData {
  const { latest, notObservable } = service.evidence();
  const workers = latest.slots?.ok === true ? latest.slots.data.workers : [];
  return {
    hosts: [{ host, workers: [...workers].sort((a, b) => b.used - a.used) }],
    incidents: service.openIncidents().map((one) => newestFigures(one, service.diagnosis(), clock.now())),
    blindSpots: notObservable,
    mutes: mutes.list(),
    nextDigestAt: nextDigestAt(),
    asOf: clock.now(),
  };
}

/** Slack shows a person's name only after the word `by`. */
function lastPerson(store: Store, { id, acknowledgedBy }: Incident): string {
  const ending = store.incidents.changes(id).findLast(({ kind }) => kind === 'resolved')?.text ?? '';
  const resolver = /^Resolved by ([UW][A-Z0-9]{2,20})\b/.exec(ending)?.[1];
  if (resolver !== undefined) return `, last resolved by ${resolver}`;
  return acknowledgedBy === null ? '' : `, last taken by ${acknowledgedBy}`;
}

function seenBefore(store: Store, incident: Incident): string | null {
  const earlier = store.incidents.earlier(incident.host, incident.cause, incident.openedAt);
  const [newest, oldest] = [earlier[0], earlier.at(-1)];
  if (newest === undefined || oldest === undefined) return null;
  const times = earlier.length === 1 ? 'once' : `${earlier.length} times`;
  const since = new Date(oldest.openedAt).toISOString().slice(0, 10);
  return `Seen before: ${times} since ${since}${lastPerson(store, newest)}.`;
}

export function createSlackPorts(deps: SlackPortsDeps): SlackPorts {
  const { config, host, service, store, mutes, clock } = deps;
  const evidence = () => service.evidence();
  const diagnosis = () =>
    service.diagnosis() ?? pendingDiagnosis(clock.now(), 'gapwatch has just started and has no samples yet.');
  const people = createPeople(store.facts);
  return {
    hosts: () => [host],
    causes: () => deps.causes.map(({ id }) => id),
    nearest: nearestWord,
    checks: () => deps.checks,
    status: (wanted) => {
      const checks = wanted === 'all' ? deps.checks : deps.checks.filter(({ id }) => wanted.includes(id));
      return worstFirst(runChecks(checks, evidence(), config.thresholds));
    },
    why: diagnosis,
    incidents: (of) => store.incidents.since(clock.now() - DAY_MS).filter((incident) => incident.host === of),
    digest: (lastMs) => digestOf(store, digestRequest(config, host, clock.now(), lastMs ?? DAY_MS)).report,
    audit: () => deps.audit(),
    async doctor() {
      const known = evidence();
      const extras = [
        ...(await doctorExtras(known, config)),
        storeItem(config.store.path, store.health),
        ...(await deps.slackItems()),
      ];
      return doctorReport(host, examine(sightOf(service.agent), known.notObservable, extras));
    },
    mutes: () => mutes.list(),
    mute(mute) {
      mutes.set(mute);
      const what = mute.cause ?? 'everything';
      const until = new Date(mute.until).toISOString().slice(0, 16).replace('T', ' ');
      const ends = mute.until <= clock.now();
      return { accepted: true, answer: ends ? `The mute of ${what} has ended.` : `Muted ${what} until ${until} UTC.` };
    },
    intent: (intent) => service.intent(intent),
    evidenceOf(incidentId) {
      const stored = store.incidents.get(incidentId);
      if (stored === null) return null;
      const incident = newestFigures(stored, service.diagnosis(), clock.now());
      const about = [...deps.causes, CANNOT_TELL].find(({ id }) => id === incident.cause) ?? null;
      const excerptsFrom = Math.max(incident.openedAt - BEFORE_MS, clock.now() - JOURNAL_KEPT_MS);
      const excerpts = excerptsOf(store, incident, excerptsFrom);
      return { incident, about, excerpts, excerptsFrom, story: store.incidents.changes(incidentId) };
    },
    async recheck(incidentId) {
      const incident = store.incidents.get(incidentId);
      if (incident === null) return null;
      await service.agent.pollNow();
      return { host, ...deps.rechecks.compare(incident, diagnosis(), evidence()) };
    },
    seenBefore: (incident) => seenBefore(store, incident),
    home: () => homeOf(deps),
    record(note) {
      people.met(note.who, note.name);
      store.actions.add(note);
    },
  };
}
