import { describe, expect, it } from 'vitest';
import type { Evidence } from '../../src/core/evidence.ts';
import { createPresence } from '../../src/service/presence.ts';
import { openStore } from '../../src/store/store.ts';
import { createTimeline } from '../../src/timeline/timeline.ts';
import { SAMPLE_KINDS } from '../support/parts.ts';

const START = Date.parse('2026-11-21T07:00:00.000Z');

function host() {
  const { facts } = openStore(':memory:');
  let running = 0;
  const evidenceAt = (ok: boolean, seconds: number): Evidence => {
    running = seconds * 1000;
    const timeline = createTimeline({ host: 'web-1', sampleKinds: SAMPLE_KINDS });
    const at = START + seconds * 1000;
    const seen = { masterPid: 7, masterStartedAtMs: START, processes: [] };
    if (ok) timeline.addSample({ probe: 'workers', at, ok: true, data: seen });
    else timeline.addSample({ probe: 'workers', at, ok: false, reason: 'absent', detail: 'no nginx master process' });
    return timeline.evidence(at);
  };
  return { evidenceAt, start: () => createPresence({ facts, runningMs: () => running }) };
}

describe('a host', () => {
  it('that never ran nginx is waited for without limit', () => {
    const { evidenceAt, start } = host();
    const presence = start();
    expect(presence.waiting(evidenceAt(false, 1))).toMatchObject({ verdict: 'cannot-tell', severity: 'info' });
    expect(presence.waiting(evidenceAt(false, 86_400))?.summary).toMatch(
      /^No nginx runs on this host yet; gapwatch starts to watch/,
    );
  });

  it('that may hide nginx is not reported to run none', () => {
    const timeline = createTimeline({ host: 'web-1', sampleKinds: SAMPLE_KINDS });
    timeline.addSample({ probe: 'workers', at: START, ok: false, reason: 'denied', detail: 'hidden' });
    timeline.setNotObservable([{ what: 'nginx', because: '/proc hides it', remedy: 'run gapwatch as root' }]);
    const waiting = host().start().waiting(timeline.evidence(START));
    expect(waiting?.summary).toBe('It is unknown whether nginx runs: /proc hides it.');
  });

  it('whose nginx stops is judged at once', () => {
    const { evidenceAt, start } = host();
    const presence = start();
    expect(presence.waiting(evidenceAt(true, 1))).toBeNull();
    expect(presence.waiting(evidenceAt(false, 2))).toBeNull();
  });

  it('that ran nginx before a restart is judged after ten seconds', () => {
    const { evidenceAt, start } = host();
    start().waiting(evidenceAt(true, 0));
    const again = start();
    expect(again.waiting(evidenceAt(false, 9))).not.toBeNull();
    expect(again.waiting(evidenceAt(false, 10))).toBeNull();
  });
});
