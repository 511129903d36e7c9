/**
 * Counts the reads of the evidence in one conclusion: twice the evidence may cost at most twice the reads. Peers ×
 * lines once took 83 % of a core at 200 peers.
 */
import { describe, expect, it } from 'vitest';
import { runChecks } from '../../src/checks/run-checks.ts';
import type { Evidence } from '../../src/core/evidence.ts';
import type { Settings } from '../../src/core/settings.ts';
import { diagnose } from '../../src/diagnose/diagnose.ts';
import { DEFAULT_THRESHOLDS } from '../../src/findings/config.ts';
import { isSuspicious } from '../../src/service/suspicion.ts';
import { CAUSES } from '../diagnose/support/causes.ts';
import { type EvidenceBuilder, evidence, NOW, workerSockets } from '../diagnose/support/evidence-builder.ts';
import { listen, pass, upstream } from '../diagnose/support/settings-builder.ts';
import { CHECKS } from '../support/checks.ts';
import { countedReads } from '../support/counted-reads.ts';

interface Amount {
  readonly lines: number;
  readonly workers: number;
  readonly listeners: number;
  readonly upstreams: number;
  readonly servers: number;
  readonly peers: number;
  readonly samples: number;
}

/** Two hosts that take different paths through the causes: one with full slots, one with free slots. */
interface Host {
  readonly usedSlots: number;
  /** One of this number of workers is left from before a reload. */
  readonly oldEach: number;
  readonly hasAccessLog: boolean;
}

const HOSTS: Readonly<Record<string, Host>> = {
  'a host with full slots': { usedSlots: 120, oldEach: Infinity, hasAccessLog: true },
  'a host after a reload': { usedSlots: 10, oldEach: 2, hasAccessLog: false },
};

const SMALL: Amount = { lines: 16, workers: 4, listeners: 4, upstreams: 4, servers: 4, peers: 4, samples: 8 };
const LINES = [
  'connect-refused',
  'upstream-closed-early',
  'upstream-reset',
  'upstream-read-timeout',
  'upstream-connect-timeout',
  'upstream-tls-failed',
  'worker-connections',
  'worker-connections-upstream',
  'no-live-upstreams',
  'upstream-disabled',
  'limit-req',
  'limit-conn',
  'client-timed-out',
  'accept-emfile',
  'connect-unreachable',
  'connect-no-address',
  'upstream-name-unresolved',
  'reload',
  'worker-exited-on-signal',
  'kernel-oom-kill',
];

const address = (i: number): string => `10.0.${i >> 8}.${i & 255}:9000`;
const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

function settingsOf({ upstreams, servers, listeners, workers }: Amount): Partial<Settings> {
  const groups = range(upstreams).map((u) =>
    upstream(
      `app${u}`,
      range(servers).map((s) => address(u * servers + s)),
    ),
  );
  return {
    workerCount: workers,
    listens: range(listeners).map((i) => listen(`10.1.${i >> 8}.${i & 255}:80`)),
    upstreams: groups,
    passes: groups.map(({ name }) => pass(name, { httpVersion: { value: '1.1', place: null } })),
  };
}

/** No two lines share a process, a peer or a client. */
function addLines(builder: EvidenceBuilder, { lines }: Amount): void {
  for (const pattern of LINES) {
    for (const i of range(lines)) {
      const captures = {
        upstream: `http://${address(i)}/x`,
        peer: address(i),
        client: `192.0.2.${i}`,
        errno: '111',
        request: `GET /${i} HTTP/1.1`,
        zone: `z${i}`,
        name: `app${i}.internal`,
        child: String(100 + i),
        process: 'worker process',
        signal: '11',
        slots: '128',
        phase: 'connecting to upstream',
      };
      builder.line(pattern, 20 * (1 - i / lines), { pid: 101 + i, connection: i, captures });
    }
  }
}

function addSamples(builder: EvidenceBuilder, ago: number, { workers, listeners, peers }: Amount, host: Host): void {
  const pids = range(workers).map((i) => 101 + i);
  const processes = range(workers).map((i) => {
    const isOld = i > 0 && i % host.oldEach === 0;
    const times = { startedAtMs: NOW - 3_600_000 + (isOld ? 0 : 60_000), state: 'S', cpuRatio: 0.01 };
    const generation = isOld ? ('shutting-down' as const) : ('current' as const);
    return { pid: 101 + i, kind: 'worker' as const, generation, residentBytes: 10_000_000, ...times };
  });
  const tops = range(8).map((i) => ({ address: address(i), sockets: 10 }));
  builder
    .sample('workers', ago, { masterPid: 100, masterStartedAtMs: NOW - 7_200_000, processes })
    .sample('slots', ago, {
      workers: pids.map((pid) => ({
        pid,
        used: Math.min(128, host.usedSlots + (8 - ago)),
        limit: 128,
        method: 'exact' as const,
      })),
      old: [],
    })
    .sample('fds', ago, {
      workers: pids.map((pid) => ({ pid, used: 900, soft: 1024, hard: 1024 })),
      master: null,
      systemUsed: 5_000,
      systemMax: 1_000_000,
    })
    .sample('sockets', ago, {
      workers: pids.map((pid) =>
        workerSockets({ pid, client: 60, upstream: 60, topUpstreams: tops, topClients: tops }),
      ),
      timeWaitByPeer: tops.map(({ address: peer }) => ({ peer, timeWait: 900, inUse: 9 })),
      tookMs: 3,
    })
    .sample('listeners', ago, {
      queues: range(listeners).map((i) => ({ address: `10.1.0.${i}:80`, recvQ: 3, backlog: 511, inode: i })),
    })
    .kernel({ listenOverflows: 8 - ago, timeWaitSockets: 9_000 }, ago)
    .pageAt(ago, { active: 200, writing: 190, waiting: 2, accepts: 11_000 - ago, handled: 10_900 - ago * 2 });
  const upstreams = range(peers).map((i) => accessOf(address(i)));
  if (host.hasAccessLog) builder.access({ '502': 30, '200': 100 }, { upstreams }, ago);
}

const times = { p50: 10, p95: 4_000, p99: 5_000, max: 6_000 };
const accessOf = (peer: string) => ({
  peer,
  requests: 20,
  errors5xx: 5,
  connectMs: times,
  headerMs: times,
  responseMs: times,
});

function evidenceOf(amount: Amount, host: Host): Evidence {
  const builder = evidence(settingsOf(amount)).system();
  addLines(builder, amount);
  for (const ago of range(amount.samples).reverse()) addSamples(builder, ago, amount, host);
  return builder.build();
}

type Work = (evidence: Evidence) => unknown;

function costOf(work: Work, host: Host, amount: Amount): number {
  const counted = countedReads(evidenceOf(amount, host));
  work(counted.value);
  return counted.count();
}

const WORK: Readonly<Record<string, Work>> = {
  'the diagnosis': (known) => diagnose(known, CAUSES, DEFAULT_THRESHOLDS),
  'the checks': (known) => runChecks(CHECKS, known, DEFAULT_THRESHOLDS),
  suspicion: (known) => isSuspicious(known, null),
};

/** Amounts that multiply in the evidence itself: each sample has an entry for each worker. */
const MULTIPLY: readonly string[] = ['workers samples', 'listeners samples', 'peers samples', 'upstreams servers'];
const AMOUNTS = Object.keys(SMALL) as (keyof Amount)[];
const PAIRS = AMOUNTS.flatMap((a, i) => AMOUNTS.slice(i).map((b) => [a, b] as const)).filter(
  ([a, b]) => !MULTIPLY.includes(`${a} ${b}`),
);

/** Reads beyond the sum of the two amounts: what doubling both costs more than doubling each. */
function together(work: Work, host: Host, a: keyof Amount, b: keyof Amount): number {
  const cost = (timesA: number, timesB: number): number => {
    const amount = { ...SMALL, [a]: SMALL[a] * 4 * timesA };
    return costOf(work, host, { ...amount, [b]: amount[b] * (a === b ? 1 : 4) * timesB });
  };
  if (a === b) return cost(4, 1) - cost(2, 1) - 2 * (cost(2, 1) - cost(1, 1));
  return cost(2, 2) - cost(2, 1) - cost(1, 2) + cost(1, 1);
}

const CASES = Object.entries(WORK).flatMap(([what, work]) =>
  Object.entries(HOSTS).map(([where, host]) => [`${what} of ${where}`, work, host] as const),
);

describe.each(CASES)('%s', (_, work, host) => {
  it('reads the evidence', () => {
    expect(costOf(work, host, SMALL)).toBeGreaterThan(50);
  });

  it.each(PAIRS)('reads no %s once for each of the %s', (a, b) => {
    // Lists of speakers grow to their bound of 16, which is a step. A product of 256 lines would cost 24,000 reads.
    expect(together(work, host, a, b)).toBeLessThanOrEqual(a === b ? 600 : 100);
  });
});

const STRANGERS = ['lines', 'peers'] as const;

describe.each(Object.entries(HOSTS))('the diagnosis of %s', (_, host) => {
  it.each(STRANGERS)('is not longer with sixteen times the %s', (what) => {
    const length = (factor: number): number =>
      JSON.stringify(diagnose(evidenceOf({ ...SMALL, [what]: SMALL[what] * factor }, host), CAUSES)).length;
    // Numbers have more digits.
    expect(length(16)).toBeLessThan(length(1) + 1_000);
  });
});
