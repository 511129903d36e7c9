/** Log lines against the samples of nginx: each claim true, contradicted, and without a sample to compare. */
import { describe, expect, it } from 'vitest';
import { diagnose } from '../../src/diagnose/diagnose.ts';
import { DEFAULT_THRESHOLDS } from '../../src/findings/config.ts';
import { loadCatalogue } from '../../src/match/catalogue.ts';
import { CLAIMS } from '../../src/timeline/corroborate/claims.ts';
import { SYSTEM_PATTERNS } from '../../src/timeline/corroborate/speaker.ts';
import { CAUSES } from '../diagnose/support/causes.ts';
import { EvidenceBuilder, type LineOptions } from '../diagnose/support/evidence-builder.ts';

const patterns = loadCatalogue().patterns.map(({ pattern }) => pattern);

/** Two workers, 101 and 102, an hour old, below master 100, and an answering status page. */
function nginx(pidsNow: readonly number[] = [101, 102]): EvidenceBuilder {
  const builder = new EvidenceBuilder().slots([5, 5]);
  for (const ago of [10, 8, 6]) builder.workers([101, 102], ago);
  const fresh = pidsNow.filter((pid) => pid > 102);
  const startedAtMs = Date.UTC(2026, 0, 1, 11, 59, 56);
  for (const ago of [2, 0]) {
    builder.workers(pidsNow, ago);
    if (fresh.length > 0) builder.workers(pidsNow, ago, { startedAtMs });
  }
  return builder;
}

const counters = (accepts: number, handled = accepts) => ({ accepts, handled, requests: handled * 2 });
const page = (builder: EvidenceBuilder, gap = 0): EvidenceBuilder =>
  builder
    .pageAt(8, counters(1000))
    .pageAt(6, counters(1010))
    .pageAt(2, counters(1030 + gap, 1030))
    .pageAt(0, counters(1040 + gap, 1040));

const death = (child: string, over: LineOptions = {}): LineOptions => ({
  level: 'alert',
  pid: 100,
  captures: { child, signal: '11', process: 'worker' },
  ...over,
});

function reasons(builder: EvidenceBuilder): string[] {
  return (builder.build().disputed ?? []).map(({ because }) => because);
}

const counted = (builder: EvidenceBuilder, pattern: string): number => builder.build().signals.get(pattern)?.count ?? 0;

describe('a death in the log', () => {
  it('is believed when the process has ended and another one has started', () => {
    const builder = nginx([102, 103]).line('worker-exited-on-signal', 4, death('101'));
    expect(reasons(builder)).toEqual([]);
    expect(counted(builder, 'worker-exited-on-signal')).toBe(1);
  });

  it('is believed of a process that lived between two samples, when another one has started', () => {
    expect(reasons(nginx([101, 104]).line('worker-exited-on-signal', 4, death('103')))).toEqual([]);
  });

  it.each([
    ['lives on with its old start', '101', 'process 101 is alive, and older than the line'],
    [
      'never was one of nginx',
      '812',
      'process 812 did not belong to this nginx, and the same processes run as before the line',
    ],
  ])('is disputed when the process %s', (_how, child, because) => {
    const builder = nginx().line('worker-exited-on-signal', 4, death(child));
    expect(reasons(builder)).toEqual([because]);
    expect(counted(builder, 'worker-exited-on-signal')).toBe(0);
  });

  it('is disputed by the first sample alone, when all workers are older than the line', () => {
    const builder = new EvidenceBuilder().workers([101, 102]).line('worker-exited-on-signal', 4, death('812'));
    expect(reasons(builder)).toEqual([
      'process 812 does not belong to this nginx, and every worker is older than the line',
    ]);
  });

  it('waits at most ten seconds for the deciding sample', () => {
    const soon = new EvidenceBuilder().workers([101, 102], 3).line('worker-exited-on-signal', 1, death('101')).build();
    expect([soon.waitingLines, soon.signals.size, soon.disputed]).toEqual([1, 0, undefined]);
    const late = new EvidenceBuilder()
      .workers([101, 102], 14)
      .line('worker-exited-on-signal', 12, death('101'))
      .build();
    expect([late.waitingLines, late.signals.size]).toEqual([undefined, 1]);
  });

  it('is believed from a log alone', () => {
    const builder = new EvidenceBuilder().line('worker-exited-on-signal', 1, death('101'));
    expect(counted(builder, 'worker-exited-on-signal')).toBe(1);
  });

  it('of other programs in kernel messages is not checked', () => {
    const kernel = (name: string): LineOptions => ({ captures: { victim: '4242', name } });
    const victims = (name: string) => nginx().line('kernel-oom-kill', 4, { ...kernel(name), pid: 102 });
    expect(reasons(victims('nginx'))).toHaveLength(1);
    expect(reasons(victims('php-fpm8.2'))).toEqual([]);
  });

  it('is disputed when too many are folded to check each', () => {
    const many = { ...death('101'), captures: { signal: '11' }, count: 300 };
    expect(reasons(nginx().line('worker-exited-on-signal', 4, many))).toEqual(['they are too many to check each']);
  });
});

describe('a line of a process that does not belong to this nginx', () => {
  const refused = (pid: number): LineOptions => ({ pid, captures: { errno: '111', upstream: 'http://10.0.0.5:80/' } });

  it('opens no incident', () => {
    const builder = nginx()
      .line('connect-refused', 3, { ...refused(9), count: 500 })
      .line('connect-refused', 3, refused(101));
    expect(reasons(builder)).toEqual(['process 9 does not belong to this nginx']);
    expect(counted(builder, 'connect-refused')).toBe(1);
  });

  it.each(patterns.filter(({ from }) => from === 'nginx').map(({ id }) => id))(
    'of pattern %s opens no incident',
    (id) => {
      for (const level of ['alert', 'emerg', 'notice'] as const) {
        const captures = {
          child: '9',
          signal: 'SIGHUP',
          slots: '128',
          errno: '24',
          upstream: 'http://x/',
          zone: 'z',
          process: 'worker process',
        };
        const builder = page(nginx())
          .line(id, 4, { pid: 9, level, captures, count: 50 })
          .line(id, 3, { pid: 9, level, captures });
        const { severity } = diagnose(builder.build(), CAUSES, DEFAULT_THRESHOLDS);
        expect(severity, `${id} at ${level}`).toBe('info');
      }
    },
  );

  it('is believed when nginx was replaced meanwhile, and without samples', () => {
    const restarted = nginx().line('connect-refused', 3, refused(9));
    restarted.sample('workers', 0, {
      masterPid: 900,
      masterStartedAtMs: Date.UTC(2026, 0, 1, 11, 59, 58),
      processes: [],
    });
    expect(counted(new EvidenceBuilder().line('connect-refused', 3, refused(9)), 'connect-refused')).toBe(1);
  });

  it('is believed when it uses the pids of its container', () => {
    const inContainer = (pid: number) => {
      const builder = new EvidenceBuilder();
      for (const ago of [6, 0]) {
        builder.sample('workers', ago, {
          masterPid: 4100,
          masterInnerPid: 1,
          masterStartedAtMs: 0,
          processes: [
            {
              pid: 4129,
              innerPid: 29,
              kind: 'worker',
              generation: 'current',
              startedAtMs: 0,
              state: 'S',
              cpuRatio: 0,
              residentBytes: 1,
            },
          ],
        });
      }
      return builder.line('connect-refused', 3, refused(pid));
    };
    expect(counted(inContainer(29), 'connect-refused')).toBe(1);
    expect(reasons(inContainer(30))).toEqual(['process 30 does not belong to this nginx']);
  });

  it('is disputed although it was folded with believed lines', () => {
    const busiest = {
      pid: [
        { key: '9', count: 60 },
        { key: '101', count: 40 },
      ],
    };
    const builder = nginx();
    builder.add({ pattern: 'connect-refused', pid: 9, count: 100, busiest, secondsAgo: 3 });
    expect(counted(builder, 'connect-refused')).toBe(40);
    expect(builder.build().signals.get('connect-refused')?.first.pid).toBe(101);
  });
});

describe('a doubtful line', () => {
  const doubtful = (pid: number, over: Partial<Parameters<EvidenceBuilder['add']>[0]> = {}) => ({
    pattern: 'connect-refused',
    pid,
    secondsAgo: 3,
    isDoubtful: true as const,
    ...over,
  });

  it('counts when its process wrote other lines', () => {
    const builder = new EvidenceBuilder().line('client-closed', 5, { pid: 101 });
    expect(counted(builder.add(doubtful(101)), 'connect-refused')).toBe(1);
    expect(reasons(new EvidenceBuilder().line('client-closed', 5, { pid: 101 }).add(doubtful(9)))).toHaveLength(1);
  });

  it('counts when /proc knows its process, or the process that it names', () => {
    expect(counted(nginx().add(doubtful(101)), 'connect-refused')).toBe(1);
    const death101 = doubtful(9, { pattern: 'worker-exited-on-signal', captures: { child: '101', signal: '11' } });
    const alone = new EvidenceBuilder().line('client-closed', 5, { pid: 101 }).add(death101);
    expect(counted(alone, 'worker-exited-on-signal')).toBe(1);
  });
});

describe('other claims', () => {
  const refusal: LineOptions = { level: 'alert', captures: { slots: '128' } };

  it('about refused clients are compared with accepts and handled', () => {
    expect(reasons(page(nginx(), 7).line('worker-connections', 4, { ...refusal, count: 7 }))).toEqual([]);
    expect(reasons(page(nginx()).line('worker-connections', 4, { ...refusal, count: 7 }))).toEqual([
      'accepts and handled grew alike, by 20, so no accepted connection was refused',
    ]);
    expect(reasons(page(nginx().slots([5, 120])).line('worker-connections', 4, refusal))).toEqual([]);
    expect(reasons(nginx().line('worker-connections', 4, refusal))).toEqual([]);
  });

  it('about slots and descriptors are compared with what was free and with the requests', () => {
    const leg: LineOptions = { level: 'alert', captures: { slots: '128', phase: 'connecting to upstream' } };
    const calm = () => nginx().pageAt(6, counters(1000)).pageAt(2, counters(1003)).pageAt(0, counters(1004));
    expect(reasons(calm().line('worker-connections-upstream', 4, leg))).toEqual([
      'process 101 used 5 of 128 slots before and after, and too few requests came to take the rest',
    ]);
    const busy = nginx().pageAt(6, counters(1000)).pageAt(2, counters(1300));
    expect(reasons(busy.line('worker-connections-upstream', 4, leg))).toEqual([]);
    const files = (used: number) =>
      calm()
        .fds(used, 1024, 6)
        .fds(used, 1024, 2)
        .line('socket-emfile', 4, { captures: { errno: '24' } });
    expect(reasons(files(30))).toHaveLength(1);
    expect(reasons(files(1000))).toEqual([]);
  });

  it('about full tables are compared with their levels', () => {
    const tables = (count: number) =>
      nginx()
        .kernel({ conntrackCount: count, conntrackMax: 1000 }, 6)
        .kernel({ conntrackCount: count, conntrackMax: 1000 }, 2);
    const line: LineOptions = { pid: 101, captures: {} };
    expect(reasons(tables(100).line('conntrack-full', 4, line))).toEqual([
      'the connection tracking table was 10% full before and after',
    ]);
    expect(reasons(tables(990).line('conntrack-full', 4, line))).toEqual([]);
    expect(reasons(nginx().fds(5, 64, 6).fds(5, 64, 2).line('enfile', 4, { pid: 101 }))).toHaveLength(1);
  });

  it('about reloads and stops are compared with the processes', () => {
    const claimed = (seconds: number) => {
      const builder = new EvidenceBuilder();
      for (let ago = 30; ago >= 0; ago -= 2) builder.workers([101, 102], ago);
      return builder.line('reload', seconds, { pid: 100, level: 'notice' });
    };
    expect(reasons(claimed(10))).toEqual(['no worker was replaced']);
    expect(reasons(claimed(2))).toEqual([]);
    const refused = claimed(10).line('config-invalid', 10, { pid: 100, level: 'emerg' });
    expect(reasons(refused)).toEqual([]);
    const stop = claimed(2).line('signal-received', 20, { pid: 100, level: 'notice', captures: { signal: 'SIGTERM' } });
    expect(reasons(stop)).toEqual(['the master still runs']);
  });
});

describe('the table of claims', () => {
  /** The trace of every pattern that a cause reads, or why it leaves none. */
  const NO_TRACE: Readonly<Record<string, readonly string[]>> = {
    'an upstream server is no process of this host': patterns
      .map(({ id }) => id)
      .filter((id) =>
        /^(?:connect-|upstream-|no-live-|udp-upstream|resolver-|bind-no-port|lua-|mail-|session-)/.test(id),
      ),
    'it is about one request': [
      'client-timed-out',
      'client-header-too-large',
      'redirection-cycle',
      'subrequests-cycle',
      'out-of-memory',
      'pcre-limit',
      'limit-conn',
      'limit-req',
    ],
    'no probe reads shared memory': ['zone-full', 'slab-no-memory', 'zone-locked', 'open-socket-left'],
    'the cause compares it with the processes': [
      'config-invalid',
      'bind-failed',
      'worker-connections-listening',
      'setrlimit-refused',
      'spawn-failed',
      'nginx-started',
      'worker-started',
      'worker-shutting-down',
      'logs-reopened',
    ],
    'nginx reuses connections within milliseconds, between two samples': ['worker-connections-reuse'],
    'other programs report it about themselves': [
      'controller-reload',
      'fpm-child-died',
      'fpm-pool-full',
      'gunicorn-timeout',
      'uwsgi-queue-full',
      'systemd-process-died',
      'systemd-oom-kill',
    ],
  };

  it('has each pattern that a cause reads, or the reason why it leaves no trace', () => {
    const known = new Set([...Object.keys(CLAIMS), ...Object.values(NO_TRACE).flat()]);
    const ids = new Set(patterns.map(({ id }) => id));
    const read = new Set(CAUSES.flatMap(({ reads }) => reads).filter((id) => ids.has(id)));
    expect([...read].filter((id) => !known.has(id))).toEqual([]);
    expect(Object.keys(CLAIMS).filter((id) => !ids.has(id))).toEqual([]);
    expect(Object.values(CLAIMS).every(({ trace }) => trace.length > 20)).toBe(true);
  });

  it('knows the patterns of other programs', () => {
    expect([...SYSTEM_PATTERNS].sort()).toEqual(
      patterns
        .filter(({ from }) => from === 'system')
        .map(({ id }) => id)
        .sort(),
    );
  });
});
