/** Each check on evidence as the timeline gives it: healthy, in trouble, and blind. */
import { describe, expect, it } from 'vitest';
import { worstFirst } from '../../src/checks/answer.ts';
import { runChecks } from '../../src/checks/run-checks.ts';
import type { CheckId, CheckResult } from '../../src/core/report.ts';
import type { FdsData } from '../../src/core/samples/fds.ts';
import type { SystemData } from '../../src/core/samples/system.ts';
import type { WorkersData } from '../../src/core/samples/workers.ts';
import { DEFAULT_THRESHOLDS } from '../../src/findings/config.ts';
import { EvidenceBuilder, NOW } from '../diagnose/support/evidence-builder.ts';
import { listen, pass, place, upstream } from '../diagnose/support/settings-builder.ts';
import { CHECK_IDS, CHECKS, CONTRACT_CHECKS } from '../support/checks.ts';

const only = (...ids: CheckId[]) => CHECKS.filter((one) => ids.includes(one.id));

function check(id: CheckId, builder: EvidenceBuilder): CheckResult {
  const [result] = runChecks(only(id), builder.build(), DEFAULT_THRESHOLDS);
  if (result === undefined) throw new Error(`no result for ${id}`);
  return result;
}

const answered = { ok: true as const, latencyMs: 1 };
const KERNEL = {
  listenOverflows: 5,
  listenDrops: 5,
  syncookiesSent: 0,
  tcpAbortOnMemory: 0,
  timeWaitSockets: 0,
  tcpInUse: 9,
  orphanSockets: 0,
  conntrackCount: 10,
  conntrackMax: 100,
};

function counters(accepts: number, handled: number, active = 40) {
  return { active, accepts, handled, requests: handled * 2, reading: 0, writing: active, waiting: 0 };
}

/** The page answered `secondsAgo` with these totals. */
function page(
  builder: EvidenceBuilder,
  secondsAgo: number,
  accepts: number,
  handled: number,
  active = 40,
): EvidenceBuilder {
  const seen = counters(accepts, handled, active);
  const fresh = { ...answered, counters: seen };
  return builder.sample('stub-status', secondsAgo, {
    url: 'http://127.0.0.1:8080/nginx_status',
    fresh,
    armed: null,
    counters: seen,
  });
}

function refusedPage(builder: EvidenceBuilder, secondsAgo: number): EvidenceBuilder {
  const fresh = { ok: false as const, latencyMs: 1, reason: 'reset' as const, detail: '' };
  const armed = { ...answered, counters: counters(100, 90) };
  return builder.sample('stub-status', secondsAgo, {
    url: 'http://127.0.0.1:8080/nginx_status',
    fresh,
    armed,
    counters: null,
  });
}

function workers(over: Partial<WorkersData['processes'][number]>[]): WorkersData {
  const processes = over.map((worker, index) => ({
    pid: 101 + index,
    kind: 'worker' as const,
    generation: 'current' as const,
    startedAtMs: NOW - 3_600_000,
    state: 'S',
    cpuRatio: 0.1,
    residentBytes: 1 << 20,
    ...worker,
  }));
  return { masterPid: 100, masterStartedAtMs: NOW - 3_600_000, processes };
}

function fds(used: number, soft: number | null): FdsData {
  return { workers: [{ pid: 101, used, soft, hard: soft }], master: null, systemUsed: 1000, systemMax: 100_000 };
}

const SYSTEM: SystemData = {
  cpus: 2,
  memoryTotalBytes: 1000,
  memoryAvailableBytes: 500,
  loadAverage1m: 0.5,
  somaxconn: 128,
  ephemeralPortFirst: 32768,
  ephemeralPortLast: 33767,
  tcpTwReuse: 2,
  tcpMaxSynBacklog: 128,
  pidsCurrent: 10,
  pidsMax: 1000,
  disks: [{ path: '/', freeBytes: 50, totalBytes: 100 }],
};

describe('every check', () => {
  it('of the contract exists, in its order', () => {
    expect(CHECK_IDS.filter((id) => CONTRACT_CHECKS.includes(id))).toEqual(CONTRACT_CHECKS);
  });

  it('is unknown, with reason and remedy, on a host without any sample', () => {
    const results = runChecks(CHECKS, new EvidenceBuilder(null).build(), DEFAULT_THRESHOLDS);
    expect(results.map((result) => result.check)).toEqual(CHECK_IDS);
    for (const result of results) {
      expect([result.check, result.status]).toEqual([result.check, 'unknown']);
      expect(result.values.remedy).toEqual(expect.stringMatching(/\w/));
      expect(result.asOf).toBeNull();
      expect(result.equivalent).not.toBe('');
    }
  });

  it('is unknown once its last sample is too old', () => {
    const old = new EvidenceBuilder().sample('fds', 400, fds(10, 100));
    expect(check('fds', old)).toMatchObject({ status: 'unknown', values: { reason: 'stale' }, ageMs: 400_000 });
  });

  it('says when it looked', () => {
    const seen = new EvidenceBuilder().sample('fds', 3, fds(10, 100));
    expect(check('fds', seen)).toMatchObject({ status: 'ok', ageMs: 3000, asOf: new Date(NOW - 3000).toISOString() });
  });
});

describe('slots', () => {
  it.each([
    [60, 'ok'],
    [110, 'warning'],
    [127, 'critical'],
  ])('with %i of 128 in the fullest worker is %s', (used, status) => {
    const result = check('slots', new EvidenceBuilder().slots([used, 3]));
    expect(result).toMatchObject({
      status,
      values: { hottestPid: 101, hottestUsedRatio: expect.closeTo(used / 128, 3) },
    });
    expect(result.text).toContain(`${used} of 128 connection slots (/etc/nginx/nginx.conf:3)`);
  });

  it('warns of a ramp before it is full, with the time left', () => {
    const result = check('slots', new EvidenceBuilder().slots([40], [80]));
    expect(result).toMatchObject({ status: 'warning', values: { fillPerSecond: 4, secondsToFull: 12 } });
    expect(result.text).toContain('full in 12 s');
  });

  it('believes the refusals in the log over a low count', () => {
    expect(check('slots', new EvidenceBuilder().slots([20]).line('worker-connections', 1, { count: 3 }))).toMatchObject(
      {
        status: 'critical',
        values: { refusalLines: 3 },
      },
    );
  });

  it('does not add workers that shut down', () => {
    const worker = { limit: 128, method: 'exact' as const };
    const both = { workers: [{ pid: 101, used: 20, ...worker }], old: [{ pid: 90, used: 120, ...worker }] };
    const result = check('slots', new EvidenceBuilder().sample('slots', 0, both));
    expect(result).toMatchObject({ status: 'ok', values: { usedSlots: 20, oldWorkerSlots: 120 } });
  });

  it('is unknown when the limit is', () => {
    const seen = { workers: [{ pid: 101, used: 20, limit: null, method: 'exact' as const }], old: [] };
    expect(check('slots', new EvidenceBuilder(null).sample('slots', 0, seen)).status).toBe('unknown');
  });
});

describe('gap', () => {
  it('that is constant is fine', () => {
    const result = check('gap', page(page(new EvidenceBuilder(), 10, 1000, 934), 0, 1500, 1434));
    expect(result).toMatchObject({ status: 'ok', values: { gap: 66, droppedPerSecond: 0, acceptsPerSecond: 50 } });
    expect(result.text).toContain('an old loss');
  });

  it('that grows is clients being dropped', () => {
    const result = check('gap', page(page(new EvidenceBuilder(), 10, 1000, 1000), 0, 1500, 1380));
    expect(result).toMatchObject({ status: 'critical', values: { gap: 120, droppedPerSecond: 12 } });
  });

  it('within the noise of an unlocked reading is fine, and so is a restart', () => {
    expect(check('gap', page(page(new EvidenceBuilder(), 10, 1000, 1000), 0, 1500, 1498)).status).toBe('ok');
    expect(check('gap', page(page(new EvidenceBuilder(), 10, 1000, 900), 0, 5, 5)).status).toBe('ok');
  });

  it('is reported from the error log while the page cannot be read', () => {
    const blind = refusedPage(new EvidenceBuilder(), 0).line('worker-connections', 0, { count: 7 });
    expect(check('gap', blind)).toMatchObject({ status: 'critical' });
    expect(check('gap', refusedPage(new EvidenceBuilder(), 0)).status).toBe('unknown');
  });
});

describe('states', () => {
  it('are never judged by their shares: a websocket host writes all day', () => {
    expect(check('states', page(new EvidenceBuilder(), 0, 100, 100, 95)).status).toBe('ok');
  });

  it('give no shares of a handful of connections', () => {
    const result = check('states', page(new EvidenceBuilder(), 0, 100, 100, 3));
    expect(result.values.sharesAreMeaningful).toBe(false);
    expect(result.text).not.toContain('%');
  });

  it('explain what Writing waits for', () => {
    const seen = page(new EvidenceBuilder(), 0, 100, 100).sockets({
      client: 40,
      upstream: 38,
      upstreamSilent: 38,
      topUpstreams: [{ address: '10.0.0.5:9000', sockets: 38 }],
    });
    expect(check('states', seen).text).toContain(
      '38 of 38 upstream connections wait for an answer, most from 10.0.0.5:9000',
    );
  });

  it('are not trusted when no sockets stand for them', () => {
    const result = check('states', page(new EvidenceBuilder(), 0, 1000, 1000, 200).sockets({ client: 20 }));
    expect(result.text).toContain('180 connections that no socket shows');
    expect(result.values.sharesAreMeaningful).toBe(false);
  });

  it('are trusted when the sockets were looked at some seconds before: clients come and go', () => {
    const result = check('states', page(new EvidenceBuilder(), 0, 1000, 1000, 200).sockets({ client: 20 }, 5));
    expect(result.text).not.toContain('no socket shows');
  });

  it('warn at one lost probe and alarm at two', () => {
    const once = refusedPage(page(new EvidenceBuilder(), 5, 100, 100), 0);
    expect(check('states', once)).toMatchObject({
      status: 'warning',
      values: { fresh: 'reset', armed: 'answered', active: 40 },
    });
    expect(check('states', refusedPage(refusedPage(new EvidenceBuilder(), 5), 0)).status).toBe('critical');
  });
});

describe('workers', () => {
  it('that are all there are fine', () => {
    expect(check('workers', new EvidenceBuilder().sample('workers', 0, workers([{}, {}])))).toMatchObject({
      status: 'ok',
      values: { currentWorkers: 2, expectedWorkers: 2, oldWorkers: 0 },
      equivalent: 'ps -o pid,stat,etime,pcpu,rss,args --ppid 100',
    });
  });

  it.each([
    ['one is missing', [{}], 'warning'],
    ['one is stopped', [{}, { state: 'T' }], 'critical'],
    ['one hangs on its disk', [{}, { state: 'D', cpuRatio: 0 }], 'critical'],
    ['one reads from its disk', [{}, { state: 'D', cpuRatio: 0.2 }], 'ok'],
    ['one spins', [{}, { cpuRatio: 0.99 }], 'warning'],
    ['an old one lingers', [{}, {}, { generation: 'shutting-down' as const }], 'ok'],
    ['none is left', [], 'critical'],
  ])('when %s', (_what, list, status) => {
    expect(check('workers', new EvidenceBuilder().sample('workers', 0, workers(list))).status).toBe(status);
  });
});

describe('an nginx that is not there', () => {
  it('is critical when no master runs, and unknown when processes are hidden', () => {
    const absent = check('workers', new EvidenceBuilder().failed('workers', 0, 'absent'));
    expect(absent).toMatchObject({ status: 'critical', text: expect.stringContaining('nginx is not running') });
    expect(check('workers', new EvidenceBuilder().failed('workers', 0, 'denied')).status).toBe('unknown');
  });
});

describe('fds', () => {
  it.each([
    [50, 100, 'ok'],
    [85, 100, 'warning'],
    [99, 100, 'critical'],
    [5000, null, 'ok'],
  ])('%i open of %s', (used, soft, status) => {
    expect(check('fds', new EvidenceBuilder().sample('fds', 0, fds(used, soft))).status).toBe(status);
  });

  it('cannot tell when no process could be read', () => {
    expect(check('fds', new EvidenceBuilder().sample('fds', 0, { ...fds(5, 100), workers: [] })).status).toBe(
      'unknown',
    );
  });

  it('believes the log', () => {
    const seen = new EvidenceBuilder().sample('fds', 0, fds(50, 100)).line('accept-emfile', 1, { level: 'crit' });
    expect(check('fds', seen).status).toBe('critical');
  });
});

describe('backlog and kernel', () => {
  const queue = (recvQ: number) => ({ queues: [{ address: '0.0.0.0:80', recvQ, backlog: 16, inode: 1 }] });
  const overflowing = (recvQ: number) =>
    new EvidenceBuilder()
      .sample('listeners', 0, queue(recvQ))
      .sample('kernel', 10, KERNEL)
      .sample('kernel', 0, { ...KERNEL, listenOverflows: 305 });

  it('are critical together', () => {
    expect(check('backlog', overflowing(17))).toMatchObject({ status: 'critical', values: { usedRatio: 1.0625 } });
    expect(check('kernel', overflowing(17))).toMatchObject({
      status: 'critical',
      values: { listenOverflowsPerSecond: 30 },
    });
  });

  it('are fine when somebody else overflows', () => {
    expect(check('backlog', overflowing(0)).status).toBe('ok');
    expect(check('kernel', overflowing(0))).toMatchObject({
      status: 'ok',
      text: expect.stringContaining('another process'),
    });
  });

  it('warn of a full queue, and of a full connection-tracking table', () => {
    expect(check('backlog', new EvidenceBuilder().sample('listeners', 0, queue(15))).status).toBe('warning');
    expect(check('kernel', new EvidenceBuilder().sample('kernel', 0, { ...KERNEL, conntrackCount: 95 })).status).toBe(
      'warning',
    );
  });
});

describe('config', () => {
  it('names what is not in force, with file and line', () => {
    const seen = new EvidenceBuilder({
      workerRlimitNofile: { value: 65_535, place: place(4) },
      listens: [listen('0.0.0.0:80', { backlog: 4096 })],
    })
      .sample('workers', 0, workers([{}, {}]))
      .sample('fds', 0, fds(50, 100))
      .sample('system', 0, SYSTEM);
    const result = check('config', seen);
    expect(result.status).toBe('warning');
    expect(result.text).toContain('worker_rlimit_nofile 65535 (/etc/nginx/nginx.conf:4) is not in force');
    expect(result.text).toContain('100 files but has 128 connection slots');
    expect(result.text).toContain(
      'backlog=4096 of 0.0.0.0:80 (/etc/nginx/nginx.conf:20) is cut to net.core.somaxconn 128',
    );
  });

  it('is fine when nothing contradicts it', () => {
    expect(check('config', new EvidenceBuilder())).toMatchObject({
      status: 'ok',
      values: { workerConnections: 128, findings: [] },
    });
  });
});

describe('ports', () => {
  const towards = (peer: string, timeWait: number, inUse: number, tcpTwReuse = 0, written = peer) =>
    new EvidenceBuilder({ upstreams: [upstream('app', [written])] })
      .sample('system', 0, { ...SYSTEM, tcpTwReuse })
      .sample('sockets', 0, { workers: [], timeWaitByPeer: [{ peer, timeWait, inUse }], tookMs: 1 });

  it('run out towards one peer', () => {
    expect(check('ports', towards('10.0.0.5:80', 800, 100)).status).toBe('warning');
    expect(check('ports', towards('10.0.0.5:80', 900, 90)).status).toBe('critical');
    expect(check('ports', towards('10.0.0.5:80', 100, 90)).status).toBe('ok');
  });

  it('that another program of the host has taken are not nginx’s', () => {
    const theirs = towards('10.0.0.9:5432', 900, 90, 0, '10.0.0.5:80');
    expect(check('ports', theirs)).toMatchObject({ status: 'ok', values: { peers: [] } });
    const held = { topUpstreams: [{ address: '10.0.0.9:5432', sockets: 3 }] };
    expect(check('ports', theirs.sockets(held, 3)).status).toBe('critical');
  });

  it('in TIME_WAIT do not count where tcp_tw_reuse helps', () => {
    expect(check('ports', towards('127.0.0.1:80', 950, 20, 2)).status).toBe('ok');
    expect(check('ports', towards('10.0.0.5:80', 950, 20, 2)).status).toBe('critical');
    expect(check('ports', towards('10.0.0.5:80', 950, 20, 1)).status).toBe('ok');
  });

  it('are gone when the log says errno 99', () => {
    expect(check('ports', new EvidenceBuilder().line('connect-no-address', 1)).status).toBe('critical');
  });
});

describe('upstreams, clients, log, reloads, sockets and system', () => {
  const proxying = { upstreams: [upstream('app', ['10.0.0.5:80'])], passes: [pass('app')] };

  it('tell a group without a live server', () => {
    const seen = new EvidenceBuilder(proxying).line('no-live-upstreams', 1, { captures: { upstream: 'http://app/' } });
    expect(check('upstreams', seen)).toMatchObject({
      status: 'critical',
      text: expect.stringContaining('http://app/'),
    });
    expect(check('log', seen).status).toBe('critical');
  });

  it('are fine with limits that work and clients that leave', () => {
    const seen = new EvidenceBuilder()
      .line('limit-req', 1, { count: 500 })
      .line('client-timed-out', 1, { level: 'info' });
    expect(check('log', seen)).toMatchObject({ status: 'ok', values: { lines: 501 } });
  });

  it('cannot tell of an error log that may not be read', () => {
    const target = '/var/log/nginx/error.log';
    const errorLogs = [{ target, level: 'notice' as const, context: 'main' as const, place: place(1) }];
    const denied = { what: `the log ${target}`, because: 'Permission denied', remedy: 'setfacl' };
    const blind = { ...new EvidenceBuilder({ errorLogs }).build(), notObservable: [denied] };
    const [log] = runChecks(only('log'), blind, DEFAULT_THRESHOLDS);
    expect(log).toMatchObject({ status: 'unknown', text: expect.stringContaining('Permission denied') });
    expect(check('log', new EvidenceBuilder({ errorLogs })).status).toBe('ok');
  });

  it('say who most lines are from, once that is one of several', () => {
    const seen = new EvidenceBuilder(proxying)
      .line('connect-refused', 1, { pid: 41, count: 90, captures: { peer: '10.0.0.5:80', client: '192.0.2.7' } })
      .line('connect-refused', 1, { pid: 42, count: 10, captures: { peer: '10.0.0.6:80' } });
    const { text, values } = check('log', seen);
    expect(text).toContain('Most of connect-refused is from pid 41 (90%) and upstream 10.0.0.5:80 (90%).');
    expect(text).not.toContain('192.0.2.7');
    expect(values.patterns).toEqual([
      expect.objectContaining({
        topPids: [
          { pid: 41, lines: 90 },
          { pid: 42, lines: 10 },
        ],
        topClients: [{ client: '192.0.2.7', lines: 90 }],
      }),
    ]);
    expect(check('log', new EvidenceBuilder().line('connect-refused', 1)).text).not.toContain('Most of');
  });

  it('tell lines of a process that does not belong to this nginx, unless the log counts pids differently', () => {
    const seen = (pid: number) =>
      new EvidenceBuilder()
        .sample('workers', 0, workers([{}, {}]))
        .line('worker-connections', 1, { pid: 7, count: 3 })
        .line('connect-refused', 1, { pid });
    const because = 'process 7 does not belong to this nginx';
    expect(check('log', seen(101)).text).toContain(`3 lines not believed, such as worker-connections: ${because}`);
    expect(check('log', seen(101)).values.disputed).toEqual([
      { pattern: 'worker-connections', pid: 7, lines: 3, because },
    ]);
    expect(check('log', seen(8)).values.disputed).toEqual([]);
  });

  it('are as old as the newest line, and of no age where none was seen', () => {
    const seen = new EvidenceBuilder().line('limit-req', 9).line('client-timed-out', 2, { level: 'info' });
    expect(check('log', seen).ageMs).toBe(2000);
    expect(check('log', new EvidenceBuilder()).ageMs).toBeNull();
  });

  it('name one source only when slots are short', () => {
    const source = { client: 100, topClients: [{ address: '203.0.113.9', sockets: 90 }] };
    expect(check('clients', new EvidenceBuilder().slots([60]).sockets(source)).status).toBe('ok');
    expect(check('clients', new EvidenceBuilder().slots([120]).sockets(source))).toMatchObject({
      status: 'warning',
      values: { topShareRatio: 0.9 },
      text: expect.stringContaining('203.0.113.9'),
    });
  });

  it('count reloads and the old workers they leave', () => {
    const reloaded = (reloadedAgoMs: number) => {
      const old = { generation: 'shutting-down' as const, startedAtMs: NOW - 3_600_000 };
      const all = workers([{ startedAtMs: NOW - reloadedAgoMs }, old, old]);
      return new EvidenceBuilder({ workerShutdownTimeoutMs: null, workerCount: 1 }).sample('workers', 0, all);
    };
    expect(check('reloads', reloaded(5_000)).status).toBe('ok');
    expect(check('reloads', reloaded(600_000))).toMatchObject({
      status: 'warning',
      values: { oldWorkers: 2, oldestOldWorkerMs: 600_000 },
    });
    const oneOfMany = workers([
      { startedAtMs: NOW - 600_000 },
      { generation: 'shutting-down', startedAtMs: NOW - 3_600_000 },
      ...[1, 2].map(() => ({ generation: 'shutting-down' as const, startedAtMs: NOW - 5_000 })),
    ]);
    expect(check('reloads', new EvidenceBuilder().sample('workers', 0, oneOfMany)).status).toBe('ok');
    const storm = new EvidenceBuilder()
      .sample('workers', 0, workers([{}, {}]))
      .line('reload', 5, { count: 8, level: 'notice' });
    expect(check('reloads', storm).status).toBe('warning');
    const one = new EvidenceBuilder().sample('workers', 0, workers([{}, {}])).line('reload', 5, { level: 'notice' });
    expect(check('reloads', one)).toMatchObject({ status: 'ok', values: { reloads: 1 } });
  });

  it('warn of sockets that nginx forgot', () => {
    expect(check('sockets', new EvidenceBuilder().sockets({ client: 5, unexplained: 40 })).status).toBe('warning');
    expect(
      check('sockets', new EvidenceBuilder().sockets({ client: 40, upstream: 40, upstreamCloseWait: 35 })).status,
    ).toBe('warning');
    expect(check('sockets', new EvidenceBuilder().sockets({ client: 40, upstream: 40 })).status).toBe('ok');
  });

  it('warn of a host that runs dry', () => {
    const with_ = (over: Partial<SystemData>) => new EvidenceBuilder().sample('system', 0, { ...SYSTEM, ...over });
    expect(check('system', with_({})).status).toBe('ok');
    expect(check('system', with_({ memoryAvailableBytes: 10 })).text).toContain('of memory');
    expect(check('system', with_({ disks: [{ path: '/var', freeBytes: 1, totalBytes: 100 }] })).text).toContain('/var');
    expect(check('system', with_({ pidsCurrent: 990 })).status).toBe('warning');
  });
});

describe('the summary', () => {
  it('has the worst first and counts the rest', () => {
    const seen = new EvidenceBuilder().slots([127]).sample('fds', 2, fds(85, 100)).sample('system', 0, SYSTEM);
    const results = runChecks(only('system', 'fds', 'gap', 'slots'), seen.build(), DEFAULT_THRESHOLDS);
    expect(worstFirst(results).map((result) => result.check)).toEqual(['slots', 'fds', 'gap', 'system']);
  });
});
