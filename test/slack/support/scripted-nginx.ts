/** An nginx that follows a script: slots of two workers, refused connections and slow answers, second by second. */

import type { ProbeData, Sample } from '../../../src/core/sample.ts';
import type { Signal } from '../../../src/core/signal.ts';
import { type Cause, confirmed, ruledOut } from '../../../src/diagnose/cause.ts';
import type { createAgent } from '../../../src/service/agent.ts';

type MakeAgent = typeof createAgent;
type Sink = Parameters<MakeAgent>[0]['sink'];

export interface Second {
  /** Used slots of each of the two workers, of 512. */
  readonly slots: readonly [number, number];
  readonly refused?: number;
  readonly slowAnswers?: number;
}

export const LIMIT = 512;
const PIDS = [4711, 4712] as const;

const STARTED = Date.parse('2026-11-20T00:00:00.000Z');
const PROCESSES: ProbeData['workers'] = {
  masterPid: 4700,
  masterStartedAtMs: STARTED,
  processes: PIDS.map((pid) => ({
    pid,
    kind: 'worker',
    generation: 'current',
    startedAtMs: STARTED,
    state: 'S',
    cpuRatio: 0.1,
    residentBytes: 10_000_000,
  })),
};

function signal(pattern: string, at: number, count: number, line: string): Signal {
  const base = { timed: true, source: '/var/log/nginx/error.log', connection: null, captures: {} } as const;
  return { ...base, pattern, at, level: 'alert', pid: PIDS[0], count, line };
}

export class ScriptedNginx {
  private sink: Sink | null = null;
  private now: Second = { slots: [0, 0] };
  private readonly clock: { now(): number };

  constructor(clock: { now(): number }) {
    this.clock = clock;
  }

  readonly makeAgent: MakeAgent = ({ sink }) => {
    this.sink = sink;
    return {
      start: async () => sink.settings(null, []),
      pollNow: async () => this.pollNow(),
      pollSoon: () => {},
      discovery: () => null,
      logStates: () => [],
      stop: async () => {},
    };
  };

  /** The events of the second that ends now. */
  pass(second: Second): void {
    const { refused = 0, slowAnswers = 0 } = second;
    const at = this.clock.now();
    this.now = second;
    const lines: Signal[] = [];
    const full = `[alert] 4711#4711: *9 ${LIMIT} worker_connections are not enough, client: 203.0.113.77, server: _`;
    const slow =
      '[error] 4711#4711: *8 upstream timed out (110: Connection timed out) while reading response header from upstream, client: 203.0.113.78, request: "GET /cart?token=hunter2hunter2 HTTP/1.1", upstream: "http://127.0.0.1:9000/cart"';
    if (refused > 0) lines.push(signal('worker-connections', at, refused, full));
    if (slowAnswers > 0) lines.push(signal('upstream-timed-out', at, slowAnswers, slow));
    if (lines.length > 0) this.sink?.signals(lines);
    this.pollNow();
  }

  private pollNow(): readonly Sample[] {
    const [first, second] = this.now.slots;
    const workers = [first, second].map((used, i) => ({
      pid: PIDS[i] ?? 0,
      used,
      limit: LIMIT,
      method: 'exact' as const,
    }));
    const at = this.clock.now();
    const samples: Sample[] = [
      { probe: 'workers', at, ok: true, data: PROCESSES },
      { probe: 'slots', at, ok: true, data: { workers, old: [] } },
    ];
    this.sink?.samples(samples);
    return samples;
  }
}

const ABOUT = {
  kind: 'cause',
  title: '',
  means: '',
  looksLike: '',
  fix: '',
  differsFrom: [],
  references: [],
  reads: [],
} as const;
const NOW_MS = 3_000;

function lossOf(evidence: Parameters<Cause['judge']>[0]) {
  const tally = evidence.signals.get('worker-connections');
  const total = tally?.count ?? 0;
  const now = tally !== undefined && evidence.asOf - tally.lastAt < NOW_MS;
  return { now, perSecond: now ? tally.perSecond : 0, total, how: now ? 'connections reset by a full worker' : null };
}

const usedOf = (evidence: Parameters<Cause['judge']>[0]): number =>
  evidence.latest.slots?.ok === true ? Math.max(...evidence.latest.slots.data.workers.map(({ used }) => used)) : 0;

/** Two causes with fixed texts, so that Slack's content can be compared letter by letter. */
export const SCRIPTED_CAUSES: readonly Cause[] = [
  {
    ...ABOUT,
    id: 'slot-capacity',
    consequences: [],
    precedence: 9,
    judge(evidence) {
      const used = usedOf(evidence);
      if (used < LIMIT * 0.8) return ruledOut(`Worker 4711 uses ${used} of ${LIMIT} slots.`);
      const losing = lossOf(evidence);
      return confirmed({
        confidence: 'certain',
        severity: losing.now ? 'critical' : 'warning',
        summary: losing.now
          ? `Worker 4711 has all ${LIMIT} slots in use and refuses clients.`
          : `Worker 4711 uses ${used} of ${LIMIT} slots and fills up.`,
        evidenceFor: [
          {
            signal: 'slots.used',
            value: used,
            unit: 'slots',
            threshold: 410,
            text: `Worker 4711 uses ${used} of ${LIMIT} slots.`,
            at: new Date(evidence.asOf).toISOString(),
          },
        ],
        fixes: [
          {
            title: 'More slots',
            directive: 'worker_connections',
            from: '512',
            to: '2048',
            file: '/etc/nginx/nginx.conf',
            line: 7,
            snippet: 'worker_connections 2048;',
            effect: 'Room for four times as many connections.',
            risk: 'Needs 4096 descriptors a worker.',
          },
        ],
        nextChecks: ['slots', 'fds'],
        losing,
        secondsLeft: losing.now ? null : 30,
      });
    },
  },
  {
    ...ABOUT,
    id: 'slow-upstream',
    consequences: ['slot-capacity'],
    precedence: 1,
    judge(evidence) {
      const tally = evidence.signals.get('upstream-timed-out');
      if (tally === undefined) return ruledOut('No answer from an upstream was late.');
      if (usedOf(evidence) < LIMIT * 0.8) return ruledOut('Late answers, but slots are free.');
      return confirmed({
        confidence: 'certain',
        severity: 'critical',
        summary: '127.0.0.1:9000 answers in 4.8 s and fills all 512 slots of worker 4711.',
        evidenceFor: [
          {
            signal: 'upstream-timed-out',
            value: 'late',
            unit: null,
            threshold: null,
            text: 'Answers of 127.0.0.1:9000 were late while the slots were full.',
            at: new Date(evidence.asOf).toISOString(),
          },
        ],
        fixes: [
          {
            title: 'Give slow requests up sooner',
            directive: 'proxy_read_timeout',
            from: '60s',
            to: '5s',
            file: '/etc/nginx/nginx.conf',
            line: 23,
            snippet: 'proxy_read_timeout 5s;',
            effect: 'Frees a slot after 5 s instead of 60 s.',
            risk: 'Requests that take longer fail with 504.',
          },
        ],
        doNot: ['Do not raise worker_connections: the backend stays as slow and holds more slots.'],
        nextChecks: ['upstreams'],
        losing: lossOf(evidence),
        since: tally.firstAt,
      });
    },
  },
];
