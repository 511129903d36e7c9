/** Builds evidence as the timeline would, from a few readings: one line a test, figures as src/nginx/README.md measured them. */
import type { Diagnosis } from '../../../src/core/diagnosis.ts';
import type { Evidence } from '../../../src/core/evidence.ts';
import type { ProbeData, ProbeFailure, ProbeId, Sample } from '../../../src/core/sample.ts';
import type { WorkerSockets } from '../../../src/core/samples/sockets.ts';
import type { Attempt, StubStatusCounters } from '../../../src/core/samples/stub-status.ts';
import type { Settings } from '../../../src/core/settings.ts';
import type { LogLevel, Signal } from '../../../src/core/signal.ts';
import { readBuiltInPatterns } from '../../../src/match/built-in-patterns.ts';
import { meaningsOf } from '../../../src/match/pattern.ts';
import { createTimeline } from '../../../src/timeline/timeline.ts';
import { SAMPLE_KINDS } from '../../support/parts.ts';
import { settings } from './settings-builder.ts';

export const MEANINGS = meaningsOf(readBuiltInPatterns());

function meaningOf(pattern: string): Pick<Signal, 'meaning'> {
  const meaning = MEANINGS.get(pattern);
  return meaning === undefined ? {} : { meaning };
}

export const NOW = Date.UTC(2026, 0, 1, 12, 0, 0);

export interface LineOptions {
  readonly count?: number;
  readonly pid?: number;
  readonly level?: LogLevel;
  readonly connection?: number;
  readonly captures?: Readonly<Record<string, string>>;
  /** Lines of several clients folded into one. */
  readonly clients?: Readonly<Record<string, number>>;
}

/** Times are seconds relative to NOW, usually negative. */
export class EvidenceBuilder {
  private readonly timeline = createTimeline({ host: 'web-1', sampleKinds: SAMPLE_KINDS });

  constructor(over: Partial<Settings> | null = {}) {
    this.timeline.setSettings(over === null ? null : settings(over));
  }

  sample<P extends ProbeId>(probe: P, secondsAgo: number, data: ProbeData[P]): this {
    this.timeline.addSample({ probe, at: NOW - secondsAgo * 1000, ok: true, data } as Sample);
    return this;
  }

  failed(probe: ProbeId, secondsAgo: number, reason: ProbeFailure): this {
    this.timeline.addSample({ probe, at: NOW - secondsAgo * 1000, ok: false, reason, detail: '' } as Sample);
    return this;
  }

  line(pattern: string, secondsAgo: number, options: LineOptions = {}): this {
    const { count = 1, pid = 101, level = 'error', connection = null, captures = {}, clients } = options;
    const folded = Object.entries(clients ?? {}).map(([key, lines]) => ({ key, count: lines }));
    const at = NOW - secondsAgo * 1000;
    const signal: Signal = {
      pattern,
      ...meaningOf(pattern),
      at,
      timed: true,
      source: '/var/log/nginx/error.log',
      level,
      pid,
      connection,
      captures,
      ...(clients === undefined ? {} : { busiest: { client: folded } }),
      count,
      line: pattern,
    };
    this.timeline.addSignal(signal);
    return this;
  }

  /** A signal as it is, with what a line says by default for the rest. */
  add({ secondsAgo, ...over }: Partial<Signal> & { readonly pattern: string; readonly secondsAgo: number }): this {
    const rest = {
      timed: true,
      source: '/var/log/nginx/error.log',
      level: 'error',
      pid: 101,
      connection: null,
    } as const;
    const at = NOW - secondsAgo * 1000;
    this.timeline.addSignal({
      ...rest,
      ...meaningOf(over.pattern),
      at,
      captures: {},
      count: 1,
      line: over.pattern,
      ...over,
    });
    return this;
  }

  /** Slots of workers 101, 102, … once a second, moving from `from` to `to` over the last `overSeconds`. */
  slots(from: readonly number[], to: readonly number[] = from, limit = 128, overSeconds = 10): this {
    for (let ago = overSeconds; ago >= 0; ago--) {
      const done = overSeconds === 0 ? 1 : 1 - ago / overSeconds;
      const workers = from.map((start, i) => ({
        pid: 101 + i,
        used: Math.round(start + ((to[i] ?? start) - start) * done),
        limit,
        method: 'exact' as const,
      }));
      this.sample('slots', ago, { workers, old: [] });
    }
    return this;
  }

  sockets(worker: Partial<WorkerSockets>, secondsAgo = 0): this {
    return this.sample('sockets', secondsAgo, { workers: [workerSockets(worker)], timeWaitByPeer: [], tookMs: 3 });
  }

  /** The same sockets for both workers. */
  bothSockets(worker: Partial<WorkerSockets>, secondsAgo = 0): this {
    const workers = [workerSockets({ ...worker, pid: 101 }), workerSockets({ ...worker, pid: 102 })];
    return this.sample('sockets', secondsAgo, { workers, timeWaitByPeer: [], tookMs: 3 });
  }

  /** Two readings of the page: `before` 10 s ago and `now`. */
  page(now: Partial<StubStatusCounters>, before: Partial<StubStatusCounters> = now): this {
    return this.pageAt(10, before).pageAt(0, now);
  }

  pageAt(secondsAgo: number, over: Partial<StubStatusCounters>): this {
    const read = counters(over);
    const fresh: Attempt = { ok: true, latencyMs: 1, counters: read };
    return this.sample('stub-status', secondsAgo, { url: 'http://127.0.0.1/s', fresh, armed: null, counters: read });
  }

  pageFails(reason: ProbeFailure, secondsAgo: number, armedAnswers: boolean | null = null): this {
    const failed: Attempt = { ok: false, latencyMs: 1, reason, detail: '' };
    const armed: Attempt | null =
      armedAnswers === null ? null : armedAnswers ? { ok: true, latencyMs: 1, counters: counters({}) } : failed;
    return this.sample('stub-status', secondsAgo, { url: 'http://127.0.0.1/s', fresh: failed, armed, counters: null });
  }

  workers(
    pids: readonly number[],
    secondsAgo = 0,
    over: Partial<ProbeData['workers']['processes'][number]> = {},
  ): this {
    const processes = pids.map((pid) => ({
      pid,
      innerPid: pid,
      kind: 'worker' as const,
      generation: 'current' as const,
      startedAtMs: NOW - 3_600_000,
      state: 'S',
      cpuRatio: 0.01,
      residentBytes: 10_000_000,
      ...over,
    }));
    const master = { masterPid: 100, masterInnerPid: 100, masterStartedAtMs: NOW - 7_200_000 };
    return this.sample('workers', secondsAgo, { ...master, processes });
  }

  fds(used: number, soft: number, secondsAgo = 0): this {
    const workers = [{ pid: 101, used, soft, hard: soft }];
    return this.sample('fds', secondsAgo, { workers, master: null, systemUsed: 5_000, systemMax: 1_000_000 });
  }

  queue(recvQ: number, backlog: number, secondsAgo = 0): this {
    return this.sample('listeners', secondsAgo, { queues: [{ address: '0.0.0.0:80', recvQ, backlog, inode: 7 }] });
  }

  kernel(over: Partial<ProbeData['kernel']>, secondsAgo = 0): this {
    const none = { listenOverflows: 0, listenDrops: 0, syncookiesSent: 0, tcpAbortOnMemory: 0, timeWaitSockets: 0 };
    const rest = { tcpInUse: 10, orphanSockets: 0, conntrackCount: null, conntrackMax: null };
    return this.sample('kernel', secondsAgo, { ...none, ...rest, ...over });
  }

  system(over: Partial<ProbeData['system']> = {}): this {
    const memory = { memoryTotalBytes: 8e9, memoryAvailableBytes: 4e9, loadAverage1m: 0.2, somaxconn: 4096 };
    const ports = { ephemeralPortFirst: 32768, ephemeralPortLast: 60999, tcpTwReuse: 2, tcpMaxSynBacklog: 512 };
    return this.sample('system', 0, {
      cpus: 4,
      ...memory,
      ...ports,
      pidsCurrent: 10,
      pidsMax: null,
      disks: [],
      ...over,
    });
  }

  access(status: Readonly<Record<string, number>>, over: Partial<ProbeData['access']> = {}, secondsAgo = 0): this {
    const requests = Object.values(status).reduce((sum, count) => sum + count, 0);
    const none = { unparsed: 0, requestMs: null, upstreams: [], topClients: [] };
    return this.sample('access', secondsAgo, { intervalMs: 5_000, requests, status, ...none, ...over });
  }

  facts(facts: Readonly<Record<string, unknown>>): this {
    this.timeline.setFacts(facts);
    return this;
  }

  build(): Evidence {
    return this.timeline.evidence(NOW);
  }
}

export function evidence(over: Partial<Settings> | null = {}): EvidenceBuilder {
  return new EvidenceBuilder(over);
}

export function workerSockets(over: Partial<WorkerSockets>): WorkerSockets {
  return {
    pid: 101,
    sampled: false,
    client: 0,
    upstream: 0,
    listening: 1,
    channel: 1,
    resolver: 0,
    unexplained: 0,
    clientSendQueued: 0,
    clientRecvQueued: 0,
    clientRecentlyReceived: 0,
    upstreamSilent: 0,
    upstreamConnecting: 0,
    upstreamCloseWait: 0,
    topClients: [],
    topUpstreams: [],
    ...over,
  };
}

function counters(over: Partial<StubStatusCounters>): StubStatusCounters {
  return { active: 2, accepts: 10_000, handled: 10_000, requests: 20_000, reading: 0, writing: 0, waiting: 2, ...over };
}

/** What a failed expectation should show: the verdict and why. */
export function told(diagnosis: Diagnosis): string {
  return `${diagnosis.verdict} ${diagnosis.cause}: ${diagnosis.summary} ${JSON.stringify(diagnosis.alsoPresent)}`;
}
