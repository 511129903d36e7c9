import { describe, expect, it } from 'vitest';
import type { ProbeFailure } from '../../../src/core/sample.ts';
import { conclude } from '../support/causes.ts';
import { evidence, NOW, told } from '../support/evidence-builder.ts';

const calm = () => evidence().slots([10, 10]);

describe('config-invalid', () => {
  const emerg = {
    level: 'emerg' as const,
    pid: 100,
    captures: { reason: 'unknown directive "proxy_pas"', file: '/etc/nginx/nginx.conf', line: '25' },
  };

  it('is a warning while the old workers keep', () => {
    const diagnosis = conclude(
      calm().workers([101, 102]).line('reload', 20, { level: 'notice', pid: 100 }).line('config-invalid', 20, emerg),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'config-invalid',
      severity: 'warning',
      losing: { now: false },
    });
    expect(diagnosis.summary).toContain(
      'unknown directive "proxy_pas" (/etc/nginx/nginx.conf:25); the old workers keep',
    );
  });

  it('is critical where no process can be read and the status page refuses connections', () => {
    const severity = (reason: ProbeFailure) =>
      conclude(evidence().pageFails(reason, 5).pageFails(reason, 0).line('config-invalid', 20, emerg)).severity;
    expect([severity('refused'), severity('http-error')]).toEqual(['critical', 'warning']);
  });

  it('does not take a late sample for a dead nginx', () => {
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
