/** Fills a store with plausible traffic: a daily swing, quiet weekends, growth, and noise that repeats. */
import type { Diagnosis } from '../../../src/core/diagnosis.ts';
import type { Incident } from '../../../src/core/incident.ts';
import type { Measurement } from '../../../src/store/series.ts';
import type { Store } from '../../../src/store/store.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

export interface Traffic {
  readonly now: number;
  readonly days: number;
  readonly limit: number;
  /** Peak share of the hottest worker's slots on the first day, and its growth per day. */
  readonly start: number;
  readonly perDay: number;
  readonly stepMs?: number;
}

/** Noise in −1…1, the same in every run. */
export function repeatable(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 1_073_741_824 - 1;
  };
}

/** Share of the slots at `at`; the swing peaks at 15:00 UTC. */
export function shareAt(at: number, { now, days, start, perDay }: Traffic): number {
  const day = Math.floor((at - (now - days * DAY_MS)) / DAY_MS);
  const swing = 0.65 + 0.35 * Math.cos(((at / DAY_MS) * 24 - 15) * (Math.PI / 12));
  const weekend = [0, 6].includes(new Date(at).getUTCDay()) ? 0.7 : 1;
  return Math.max(0, (start + perDay * day) * swing * weekend);
}

/** Rolls up while it fills, as the service does, so that raw values older than two days are in buckets. */
export function recordTraffic(store: Store, traffic: Traffic, also: readonly Measurement[] = []): void {
  const { now, days, limit, stepMs = 5 * MINUTE_MS } = traffic;
  const random = repeatable(1);
  for (let from = now - days * DAY_MS; from < now; from += DAY_MS) {
    const measured = also.filter(({ at }) => at >= from && at < from + DAY_MS);
    for (let at = from; at < Math.min(now, from + DAY_MS); at += stepMs) {
      const used = shareAt(at, traffic) * limit * (1 + 0.03 * random());
      measured.push(
        { metric: 'slots.hottestRatio', key: '', at, value: used / limit },
        { metric: 'slots.hottestUsed', key: '', at, value: used },
        { metric: 'slots.used', key: 'w0', at, value: used },
        { metric: 'slots.used', key: 'w1', at, value: used * 0.8 },
        { metric: 'slots.limit', key: '', at, value: limit },
        { metric: 'workers.current', key: '', at, value: 2 },
        { metric: 'status.dropped', key: '', at, value: 0 },
      );
    }
    store.series.add(measured);
    store.series.rollUp(from + DAY_MS, 60);
  }
}

const DIAGNOSIS: Diagnosis = {
  verdict: 'named',
  cause: 'slow-upstream',
  alsoPresent: [],
  confidence: 'certain',
  severity: 'critical',
  losing: { now: true, perSecond: 3, total: 730, how: 'connections reset by a full worker' },
  since: null,
  asOf: '2026-11-21T00:00:00.000Z',
  summary: 'upstream app answers in 9 s',
  evidenceFor: [],
  ruledOut: [],
  notObservable: [],
  fixes: [
    {
      title: 'Bound the wait for app',
      directive: 'proxy_read_timeout',
      from: '60s',
      to: '5s',
      file: '/etc/nginx/nginx.conf',
      line: 9,
      snippet: 'proxy_read_timeout 5s;',
      effect: 'A slot is held for 5 s at most.',
      risk: 'Slow answers become 504.',
    },
  ],
  doNot: ['Do not raise worker_connections: the queue only moves.'],
  nextChecks: [],
};

/** Lasted 12 minutes. */
export function incidentAt(openedAt: number, change: Partial<Incident> = {}): Incident {
  return {
    id: `inc-${openedAt.toString(36)}`,
    host: 'web-1',
    cause: 'slow-upstream',
    severity: 'critical',
    state: 'resolved',
    openedAt,
    changedAt: openedAt,
    resolvedAt: openedAt + 12 * MINUTE_MS,
    rev: 1,
    diagnosis: DIAGNOSIS,
    peakLostPerSecond: 3,
    lostTotal: 730,
    acknowledgedBy: 'U0ALICE',
    acknowledgedAt: openedAt + MINUTE_MS,
    snoozedUntil: null,
    formerCauses: [],
    ...change,
  };
}
