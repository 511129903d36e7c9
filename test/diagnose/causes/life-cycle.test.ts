import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, NOW, told } from '../support/evidence-builder.ts';

const exit = (signal: string) => ({
  level: 'alert' as const,
  pid: 100,
  captures: { child: '102', signal, process: 'worker' },
});
const calm = () => evidence().slots([10, 10]);

describe('stalled-worker', () => {
  const full = () =>
    calm().queue(17, 16, 2).queue(17, 16).kernel({ listenOverflows: 1 }, 5).kernel({ listenOverflows: 60 });

  it('is the root of a full accept queue when workers are stopped (src/nginx/README.md §4.7)', () => {
    const diagnosis = conclude(full().workers([101, 102], 2, { state: 'T' }).workers([101, 102], 0, { state: 'T' }));
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'stalled-worker',
      confidence: 'certain',
      severity: 'critical',
      alsoPresent: ['accept-queue-overflow'],
      losing: { now: true },
    });
    expect(diagnosis.fixes[0]?.snippet).toContain('kill -CONT 101');
  });

  it('is likely for a busy event loop while connections wait', () => {
    expect(conclude(full().workers([101], 2, { cpuRatio: 1 }).workers([101], 0, { cpuRatio: 0.99 }))).toMatchObject({
      cause: 'stalled-worker',
      confidence: 'likely',
    });
  });

  it('is not named for a busy worker that accepts in time, nor for one look at state D', () => {
    expect(conclude(calm().workers([101], 2, { cpuRatio: 1 }).workers([101], 0, { cpuRatio: 1 })).cause).toBeNull();
    expect(conclude(calm().workers([101, 102], 2).workers([101, 102], 0, { state: 'D' }))).toMatchObject({
      verdict: 'healthy',
    });
  });

  it('is named for a worker that hangs on its disk, not for one that reads from it', () => {
    const inDisk = (cpuRatio: number) =>
      conclude(calm().workers([101], 2, { state: 'D', cpuRatio }).workers([101], 0, { state: 'D', cpuRatio }));
    expect(inDisk(0)).toMatchObject({ cause: 'stalled-worker', confidence: 'certain' });
    expect(inDisk(0.2)).toMatchObject({ verdict: 'healthy' });
  });
});

describe('conntrack-full', () => {
  it('is certain when the table is full', () => {
    expect(conclude(calm().kernel({ conntrackCount: 65_536, conntrackMax: 65_536 }))).toMatchObject({
      cause: 'conntrack-full',
      severity: 'critical',
      losing: { now: true },
    });
  });

  it('is critical from 995 of 1000 entries on, and a warning below', () => {
    const holding = (conntrackCount: number) => conclude(calm().kernel({ conntrackCount, conntrackMax: 1000 }));
    expect(holding(995)).toMatchObject({ severity: 'critical', losing: { now: true } });
    expect(holding(994)).toMatchObject({ severity: 'warning', losing: { now: false } });
  });

  it('warns before it is full, and is ruled out at half', () => {
    expect(conclude(calm().kernel({ conntrackCount: 60_000, conntrackMax: 65_536 }))).toMatchObject({
      cause: 'conntrack-full',
      severity: 'warning',
    });
    expect(conclude(calm().kernel({ conntrackCount: 30_000, conntrackMax: 65_536 }))).toMatchObject({
      verdict: 'healthy',
    });
  });
});

describe('worker-crash', () => {
  it('is certain from signal 11', () => {
    const diagnosis = conclude(calm().line('worker-exited-on-signal', 2, exit('11')));
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'worker-crash',
      confidence: 'certain',
      severity: 'warning',
    });
    expect(
      conclude(calm().line('worker-exited-on-signal', 9, exit('11')).line('worker-exited-on-signal', 2, exit('6'))),
    ).toMatchObject({
      severity: 'critical',
      // Workers are not clients, and how many clients they had nobody counted.
      losing: { now: true, total: 0, how: 'all connections of 2 workers that crashed' },
    });
  });

  it('is not named for a normal exit', () => {
    expect(
      conclude(calm().line('worker-exited', 2, { level: 'notice', pid: 100, captures: { child: '102', code: '0' } })),
    ).toMatchObject({ verdict: 'healthy' });
  });
});

describe('worker-killed', () => {
  it('is certain from signal 9, by the kernel when it says so', () => {
    const diagnosis = conclude(
      calm()
        .line('kernel-oom-kill', 3, { level: 'info', captures: { victim: '102', name: 'nginx' } })
        .line('worker-exited-on-signal', 2, exit('9')),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'worker-killed',
      confidence: 'certain',
      severity: 'critical',
      losing: { now: true, total: 0, how: 'all connections of 1 worker that was killed' },
    });
    expect(diagnosis.summary).toContain('the kernel ran out of memory');
  });

  it('is ruled out when the master was told to stop', () => {
    const diagnosis = conclude(
      calm()
        .line('signal-received', 4, { level: 'notice', pid: 100, captures: { signal: 'SIGTERM' } })
        .line('worker-exited-on-signal', 2, exit('9')),
    );
    expect(diagnosis.cause, told(diagnosis)).toBeNull();
  });
});

describe('missing-workers', () => {
  const seen = (pids: readonly number[], times: readonly number[]) =>
    times.reduce((builder, ago) => builder.workers(pids, ago), calm());

  it('is certain when fewer run than configured, look after look', () => {
    expect(conclude(seen([101], [15, 10, 5, 0]))).toMatchObject({
      cause: 'missing-workers',
      confidence: 'certain',
      severity: 'warning',
    });
  });

  it('cannot pass once nginx says that it gives up on a worker, and may pass otherwise', () => {
    const fatal = { level: 'alert', captures: { child: '102', code: '2', fatal: 'fatal ' } } as const;
    const given = seen([101], [15, 10, 5, 0]).line('worker-exit-failed', 16, fatal);
    expect(conclude(given)).toMatchObject({ cause: 'missing-workers', lasting: true });
    expect(conclude(seen([101], [15, 10, 5, 0]))).not.toHaveProperty('lasting');
  });

  it('is not named during a respawn', () => {
    expect(conclude(seen([101, 102], [15, 10]).workers([101], 5).workers([101, 103], 0))).toMatchObject({
      verdict: 'healthy',
    });
  });
});

describe('old-workers', () => {
  const retired = (count: number, seconds: number, reloadedAgo: number | null = null) => {
    const builder = calm();
    const current = [101, 102].map((pid) => ({
      pid,
      kind: 'worker' as const,
      generation: 'current' as const,
      startedAtMs: reloadedAgo === null ? 0 : NOW - reloadedAgo * 1000,
      state: 'S',
      cpuRatio: 0,
      residentBytes: 2e7,
    }));
    const old = Array.from({ length: count }, (_, i) => ({
      ...current[0],
      pid: 50 + i,
      kind: 'worker' as const,
      generation: 'shutting-down' as const,
      startedAtMs: 0,
      state: 'S',
      cpuRatio: 0,
      residentBytes: 2e7,
    }));
    for (const ago of [seconds, 0])
      builder.sample('workers', ago, { masterPid: 100, masterStartedAtMs: 0, processes: [...current, ...old] });
    return builder;
  };

  it('is a warning when many linger for long (src/nginx/README.md §4.8)', () => {
    const diagnosis = conclude(retired(19, 300));
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'old-workers',
      severity: 'warning',
      lasting: true,
      losing: { now: false },
    });
    expect(diagnosis.fixes[0]).toMatchObject({ directive: 'worker_shutdown_timeout' });
  });

  it('is named at the first look when the current workers have been there for long', () => {
    const diagnosis = conclude(retired(19, 0, 300));
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'old-workers' });
    expect(diagnosis.summary).toContain('300 s');
  });

  it('is not named right after a reload, nor for two of them', () => {
    expect(conclude(retired(19, 10)).cause).toBeNull();
    expect(conclude(retired(19, 0, 10)).cause).toBeNull();
    expect(conclude(retired(2, 300)).cause).toBeNull();
  });
});

describe('reload-storm', () => {
  const reloads = (times: number, apart: number) =>
    Array.from({ length: times }).reduce<ReturnType<typeof calm>>(
      (builder, _, i) => builder.line('reload', 1 + i * apart, { level: 'notice', pid: 100 }),
      calm(),
    );

  it('is a warning when reloads follow one another', () => {
    expect(conclude(reloads(9, 5))).toMatchObject({ cause: 'reload-storm', severity: 'warning', lasting: true });
  });

  it.each([
    [[103], '; 1 old worker lingers.'],
    [[103, 104], '; 2 old workers linger.'],
  ])('says how many old workers linger: %j', (pids, words) => {
    const { summary } = conclude(reloads(9, 5).workers(pids, 0, { generation: 'shutting-down' }));
    expect(summary).toContain(words);
  });

  it('is not named for three reloads of a deployment', () => {
    expect(conclude(reloads(3, 10))).toMatchObject({ verdict: 'healthy', alsoPresent: ['reload'] });
  });
});

describe('nginx-down', () => {
  it('is certain when there is no master and connections are refused', () => {
    const diagnosis = conclude(
      evidence()
        .failed('workers', 5, 'absent')
        .failed('workers', 0, 'absent')
        .pageFails('refused', 5)
        .pageFails('refused', 0),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'nginx-down',
      confidence: 'certain',
      severity: 'critical',
      losing: { now: true, how: 'connections refused' },
    });
  });

  it('is a warning while orphaned workers serve on', () => {
    const gone = () => evidence().failed('workers', 6, 'absent').failed('workers', 0, 'absent');
    const answers = conclude(gone().pageAt(0, {}));
    expect(answers, told(answers)).toMatchObject({ cause: 'nginx-down', severity: 'warning', losing: { now: false } });
    expect(answers.summary).toContain('its workers serve on alone');
    expect(conclude(gone().access({ 200: 9 })).losing.now).toBe(false);
    expect(conclude(gone().access({ 200: 9 }, {}, 4)).losing.now).toBe(true);
  });

  it('is not named for the moment of a restart, nor for a status page that moved', () => {
    expect(conclude(calm().pageAt(5, {}).pageFails('refused', 0)).cause).toBeNull();
    const moved = conclude(calm().workers([101, 102]).pageFails('refused', 5).pageFails('refused', 0));
    expect(moved.cause, told(moved)).not.toBe('nginx-down');
  });
});

describe('config-invalid', () => {
  const emerg = {
    level: 'emerg' as const,
    pid: 100,
    captures: { reason: 'unknown directive "proxy_pas"', file: '/etc/nginx/nginx.conf', line: '25' },
  };

  it('is a warning while the old workers go on', () => {
    const diagnosis = conclude(
      calm().workers([101, 102]).line('reload', 20, { level: 'notice', pid: 100 }).line('config-invalid', 20, emerg),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'config-invalid',
      severity: 'warning',
      losing: { now: false },
    });
    expect(diagnosis.summary).toContain(
      'unknown directive "proxy_pas" (/etc/nginx/nginx.conf:25); the old workers go on',
    );
  });

  it('does not take a look that came too late for a dead nginx', () => {
    const diagnosis = conclude(
      calm().workers([101, 102], 2).failed('workers', 0, 'timeout').line('config-invalid', 20, emerg),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'config-invalid', severity: 'warning' });
  });

  it('is over once all workers are younger than the refusal, also when the log hides their start', () => {
    const diagnosis = conclude(
      calm()
        .line('config-invalid', 20, emerg)
        .workers([201, 202], 0, { startedAtMs: NOW - 10_000 }),
    );
    expect(diagnosis.cause, told(diagnosis)).toBeNull();
  });

  it('is not a log that could not be opened again after its rotation', () => {
    const denied = { level: 'emerg' as const, pid: 101, captures: {} };
    expect(conclude(calm().workers([101, 102]).line('config-invalid', 20, denied)).cause).toBeNull();
    expect(
      conclude(
        calm()
          .workers([101, 102])
          .line('logs-reopened', 20, { level: 'notice', pid: 100 })
          .line('config-invalid', 20, { ...denied, pid: 100 }),
      ).cause,
    ).toBeNull();
    expect(
      conclude(
        calm()
          .workers([101, 102])
          .line('config-invalid', 20, { ...denied, pid: 100 }),
      ).cause,
    ).toBe('config-invalid');
  });

  it('is what "for M listening sockets" means: not exhaustion', () => {
    const diagnosis = conclude(
      evidence(null).line('worker-connections-listening', 2, {
        level: 'emerg',
        captures: { slots: '2', listeners: '2' },
      }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'config-invalid', losing: { now: false } });
  });

  it('is not an incident when somebody only tested, and ruled out once workers were started', () => {
    expect(
      conclude(
        calm()
          .workers([101, 102])
          .line('config-invalid', 5, { ...emerg, pid: 999 }),
      ),
    ).toMatchObject({ severity: 'info' });
    expect(
      conclude(
        calm()
          .workers([101, 102])
          .line('config-invalid', 20, emerg)
          .line('worker-started', 5, { level: 'notice', pid: 100 }),
      ).cause,
    ).toBeNull();
  });
});
