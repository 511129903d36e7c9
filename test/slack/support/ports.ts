/** Ports with prepared answers that record the questions. */
import { nearestWord } from '../../../src/config/nearest-word.ts';
import type { Intent } from '../../../src/core/incident.ts';
import type { CheckResult } from '../../../src/core/report.ts';
import type { ActionNote, Mute, Report, SlackPorts } from '../../../src/slack/ports.ts';
import { CHECK_IDS, CHECKS } from '../../support/checks.ts';
import { diagnosis, incident, NOW } from './incident.ts';

export const check = (over: Partial<CheckResult> = {}): CheckResult => ({
  check: 'slots',
  status: 'critical',
  text: 'worker 4711 uses 512 of 512 slots',
  values: { usedRatio: 1 },
  asOf: new Date(NOW).toISOString(),
  ageMs: 900,
  equivalent: 'ls /proc/4711/fd | wc -l',
  ...over,
});

export const report = (title: string): Report => ({
  title,
  lead: `${title} in one sentence.`,
  lines: ['a line'],
  table: [
    ['Host', 'Peak'],
    ['web-1', '512'],
  ],
  snippet: 'worker_connections 4096;',
  footnotes: ['as of now'],
});

export interface FakePorts extends SlackPorts {
  readonly intents: Intent[];
  readonly records: ActionNote[];
  readonly muted: Mute[];
}

export function fakePorts(over: Partial<SlackPorts> = {}): FakePorts {
  const intents: Intent[] = [];
  const records: ActionNote[] = [];
  const muted: Mute[] = [];
  return {
    intents,
    records,
    muted,
    hosts: () => ['web-1'],
    causes: () => ['slow-upstream', 'fd-exhaustion'],
    checks: () => CHECKS,
    nearest: nearestWord,
    status: (checks) =>
      (checks === 'all' ? CHECK_IDS : checks).map((id) =>
        check({ check: id, status: id === 'slots' ? 'critical' : 'ok' }),
      ),
    why: () => diagnosis(),
    incidents: () => [incident()],
    digest: () => report('Digest'),
    audit: () => report('Audit'),
    doctor: () => report('Doctor'),
    mutes: () => muted,
    mute(mute) {
      muted.push(mute);
      return { accepted: true, answer: 'Muted.' };
    },
    intent(intent) {
      intents.push(intent);
      const first = intents.find(({ kind, incidentId }) => kind === intent.kind && incidentId === intent.incidentId);
      return first === intent
        ? { accepted: true, answer: 'Done.' }
        : { accepted: false, answer: `Already done by ${first?.by}.` };
    },
    evidenceOf: (id) =>
      id === incident().id
        ? { incident: incident(), about: null, excerpts: ['a log line'], excerptsFrom: NOW - 180_000, story: [] }
        : null,
    recheck: (id) =>
      id === incident().id
        ? {
            host: 'web-1',
            text: 'Better: 400 slots.',
            since: NOW,
            changes: ['fds: critical → ok. All well.'],
            results: [check()],
          }
        : null,
    seenBefore: () => null,
    home: () => ({
      hosts: [{ host: 'web-1', workers: [{ pid: 4711, used: 512, limit: 512 }] }],
      incidents: [incident()],
      blindSpots: [],
      mutes: [],
      nextDigestAt: NOW,
      asOf: NOW,
    }),
    record: (note) => void records.push(note),
    ...over,
  };
}
