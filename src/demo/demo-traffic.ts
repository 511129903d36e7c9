/**
 * Invents weeks of traffic of a busy site: mornings and evenings, quiet weekends, slow growth, an upstream that became
 * slower, two incidents and a config change. The same in every run, and written as the service would write it.
 */
import type { Diagnosis, Fix } from '../core/diagnosis.ts';
import type { Incident } from '../core/incident.ts';
import { createSettingsHistory } from '../service/settings-history.ts';
import type { Measurement } from '../store/series.ts';
import type { Store } from '../store/store.ts';
import {
  BODY_TIMEOUT_LINE,
  DEMO_SLOTS,
  DEMO_SOFT_LIMIT,
  DEMO_UPSTREAM_PER_CLIENT,
  DEMO_WORKERS,
  demoSettings,
} from './demo-host.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const QUARTER_MS = 15 * MINUTE_MS;
const PEERS = [
  ['10.0.4.11:9000', 1],
  ['10.0.4.12:9000', 0.9],
] as const;

export interface DemoTraffic {
  readonly host: string;
  readonly now: number;
  readonly days: number;
  /** Distance of measurements in the newest two days, and in the older ones. */
  readonly stepMs?: number;
  readonly oldStepMs?: number;
}

/** Noise in −1…1, the same in every run. */
function repeatableNoise(): () => number {
  let state = 42;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 1_073_741_824 - 1;
  };
}

const hump = (hour: number, top: number, width: number): number => Math.exp(-(((hour - top) / width) ** 2));

/** Share of the hottest worker's slots: two peaks a day above a base, less at weekends, 0.8 % more each day. */
function shareAt(at: number, { now, days }: DemoTraffic): number {
  const hour = (at % DAY_MS) / HOUR_MS;
  const weekend = [0, 6].includes(new Date(at).getUTCDay());
  const shape = 0.22 + 0.62 * hump(hour, 11, 3.2) + (weekend ? 0.45 : 0.78) * hump(hour, 19.5, 2.6);
  const day = (at - (now - days * DAY_MS)) / DAY_MS;
  return (0.52 + 0.008 * day) * shape * (weekend ? 0.75 : 1);
}

/** Used slots of each worker. */
const usedAt = (share: number): number[] =>
  DEMO_WORKERS.map((factor) => Math.min(DEMO_SLOTS, Math.round(share * factor * DEMO_SLOTS)));

/** Used slots of each worker now, without noise. */
export const demoUseNow = (traffic: DemoTraffic): number[] => usedAt(shareAt(traffic.now, traffic));

function slots(at: number, share: number, refused: number): Measurement[] {
  const used = usedAt(share);
  const hottest = Math.max(...used);
  const one = (metric: string, value: number, key = ''): Measurement => ({ metric, key, at, value });
  return [
    ...used.map((value, worker) => one('slots.used', value, `w${worker}`)),
    one('slots.hottestUsed', hottest),
    one('slots.hottestRatio', hottest / DEMO_SLOTS),
    one('slots.limit', DEMO_SLOTS),
    one('workers.current', DEMO_WORKERS.length),
    one('workers.old', 0),
    one('fds.used', hottest * 1.12 + 40, 'w0'),
    one('fds.softLimit', DEMO_SOFT_LIMIT),
    one('fds.hottestRatio', (hottest * 1.12 + 40) / DEMO_SOFT_LIMIT),
    one('backlog.fullestRatio', Math.min(1, share ** 6 * 0.4)),
    one('status.dropped', refused),
    one('kernel.listenOverflows', 0),
    one('kernel.listenDrops', 0),
    one('sockets.upstreamPerClient', DEMO_UPSTREAM_PER_CLIENT),
  ];
}

function upstreams(at: number, share: number): Measurement[] {
  return PEERS.flatMap(([key, weight]) => [
    { metric: 'upstream.requests', key, at, value: Math.round(share * 9_000 * weight) },
    { metric: 'upstream.5xx', key, at, value: share > 0.8 ? 3 : 0 },
  ]);
}

/** Response times: most are short, with a tail that grows with the load. */
function latencies(share: number, slow: number): (readonly [number, number])[] {
  const requests = share * 9_000;
  const parts = [
    [24, 0.62],
    [60, 0.25],
    [130 + 150 * share, 0.1],
    [420 + 600 * share, 0.03],
  ] as const;
  return parts.map(([ms, part]) => [Math.round(ms * slow), Math.round(requests * part)]);
}

const FIXES: Readonly<Record<string, readonly Fix[]>> = {
  'slow-uploads': [
    {
      title: 'Set client_body_timeout back to 15s',
      directive: 'client_body_timeout',
      from: '120s',
      to: '15s',
      file: '/etc/nginx/nginx.conf',
      line: BODY_TIMEOUT_LINE,
      snippet: 'client_body_timeout 15s;',
      effect: 'A stalled upload frees its slot after 15 s instead of 2 min.',
      risk: 'An upload over a link that pauses for longer ends in a 408.',
    },
  ],
};

function diagnosis(cause: string, summary: string, lost: number): Diagnosis {
  return {
    verdict: 'named',
    cause,
    alsoPresent: [],
    confidence: 'certain',
    severity: 'critical',
    losing: { now: false, perSecond: 0, total: lost, how: null },
    since: null,
    asOf: new Date(0).toISOString(),
    summary,
    evidenceFor: [],
    ruledOut: [],
    notObservable: [],
    fixes: FIXES[cause] ?? [],
    doNot: [],
    nextChecks: [],
  };
}

interface Past {
  readonly cause: string;
  readonly ago: number;
  readonly minutes: number;
  readonly lost: number;
  readonly by: string | null;
}

const PAST: readonly Past[] = [
  { cause: 'slow-upstream', ago: 9 * DAY_MS - 2 * HOUR_MS, minutes: 17, lost: 1_912, by: 'ana' },
  { cause: 'slow-uploads', ago: 13.5 * HOUR_MS, minutes: 6, lost: 84, by: null },
];

function incidentOf({ cause, ago, minutes, lost, by }: Past, { host, now }: DemoTraffic): Incident {
  const openedAt = now - ago;
  return {
    id: `inc-demo-${cause}`,
    host,
    cause,
    severity: 'critical',
    state: 'resolved',
    openedAt,
    changedAt: openedAt + minutes * MINUTE_MS,
    resolvedAt: openedAt + minutes * MINUTE_MS,
    rev: 1,
    diagnosis: diagnosis(cause, `${cause} on ${host}`, lost),
    peakLostPerSecond: lost / minutes / 20,
    lostTotal: lost,
    acknowledgedBy: by,
    acknowledgedAt: by === null ? null : openedAt + 2 * MINUTE_MS,
    snoozedUntil: null,
    formerCauses: [],
  };
}

function recordSettings(store: Store, { now, days }: DemoTraffic): void {
  const history = createSettingsHistory(store.facts);
  history.record(demoSettings('15s'), [], now - days * DAY_MS);
  history.record(demoSettings('120s'), [], now - 20 * HOUR_MS);
}

/** Fills an empty store and rolls it up day by day, as the service does. */
export function recordDemoTraffic(store: Store, traffic: DemoTraffic): void {
  const { now, days, stepMs = 2 * MINUTE_MS, oldStepMs = 15 * MINUTE_MS } = traffic;
  const noise = repeatableNoise();
  const incidents = PAST.filter(({ ago }) => ago < days * DAY_MS);
  for (let day = now - days * DAY_MS; day < now; day += DAY_MS) {
    const step = now - day <= 2 * DAY_MS ? stepMs : oldStepMs;
    const measured: Measurement[] = [];
    const busy = 1 + 0.05 * noise();
    // The upstreams are slower since yesterday.
    const slow = now - day <= DAY_MS ? 1.6 : 1;
    for (let at = day; at < day + DAY_MS; at += step) {
      const during = incidents.find(
        ({ ago, minutes }) => at >= now - ago && at - step < now - ago + minutes * MINUTE_MS,
      );
      const share = during === undefined ? shareAt(at, traffic) * busy * (1 + 0.03 * noise()) : 1;
      const refused = during === undefined ? 0 : (during.lost * step) / (during.minutes * MINUTE_MS + step);
      measured.push(...slots(at, share, Math.round(refused)), ...upstreams(at, share));
      const counts = latencies(share, slow);
      if (at % QUARTER_MS < step)
        store.latencies.add(
          at,
          PEERS.map(([peer]) => ({ peer, counts })),
        );
    }
    store.series.add(measured);
    store.series.add([
      { metric: 'log.lines', key: 'reload', at: day + 7 * HOUR_MS, value: 1 },
      {
        metric: 'log.lines',
        key: 'worker-connections-reuse',
        at: day + 12 * HOUR_MS,
        value: now - day <= DAY_MS ? 41 : 2,
      },
    ]);
    store.series.rollUp(day + DAY_MS, days + 1);
  }
  for (const past of incidents) {
    const incident = incidentOf(past, traffic);
    store.incidents.record({ kind: 'resolved', at: incident.changedAt, incident, text: `Resolved: ${past.cause}` });
  }
  recordSettings(store, traffic);
}
