import { describe, expect, it } from 'vitest';
import { score } from './score.ts';
import type { WatchedEvent } from './watcher.ts';

const RESULT = { faultAt: 10_000, faultOverAt: 40_000, firstLossAt: 20_000, outcomes: {} };

function naming(type: string, cause: string, atMs: number): WatchedEvent {
  return { type, at: new Date(atMs).toISOString(), incident: { id: 'inc-1', cause, severity: 'critical' } };
}

describe('score', () => {
  it('is right when the expected cause was opened, with the time after the first loss', () => {
    const events = [naming('incident.opened', 'slow-upstream', 23_500)];
    expect(score({ cause: 'slow-upstream' }, RESULT, events)).toEqual({
      verdict: 'right',
      ok: true,
      named: ['slow-upstream'],
      secondsToOpen: 3.5,
    });
  });

  it('counts an early warning as negative seconds', () => {
    const events = [naming('incident.opened', 'slow-upstream', 12_000)];
    expect(score({ cause: 'slow-upstream' }, RESULT, events).secondsToOpen).toBe(-8);
  });

  it('is wrong when any other cause was named, even if the right one followed', () => {
    const events = [
      naming('incident.opened', 'slow-uploads', 15_000),
      naming('incident.changed', 'slow-upstream', 20_000),
    ];
    expect(score({ cause: 'slow-upstream' }, RESULT, events)).toMatchObject({ verdict: 'wrong cause', ok: false });
  });

  it('counts an incident without a cause as a miss, unless the right cause is named later', () => {
    const undecided = naming('incident.opened', 'cannot-tell', 21_000);
    expect(score({ cause: 'slow-upstream' }, RESULT, [undecided])).toMatchObject({ verdict: 'cannot tell', ok: false });
    const named = [undecided, naming('incident.changed', 'slow-upstream', 24_000)];
    expect(score({ cause: 'slow-upstream' }, RESULT, named)).toMatchObject({ ok: true, secondsToOpen: 4 });
  });

  it('accepts the other causes that a scenario allows', () => {
    const events = [naming('incident.opened', 'slot-capacity', 22_000)];
    const expected = { cause: 'slow-downloads', alsoAllowed: ['slot-capacity'] };
    expect(score(expected, RESULT, events).ok).toBe(true);
  });

  it('counts silence as a miss unless the scenario allows it', () => {
    expect(score({ cause: 'rate-limited' }, RESULT, [])).toMatchObject({ verdict: 'silent', ok: false });
    expect(score({ cause: 'rate-limited', mayStaySilent: true }, RESULT, []).ok).toBe(true);
  });

  it('counts any incident of a quiet run as a false alarm', () => {
    const events = [naming('incident.opened', 'worker-crash', 15_000)];
    expect(score({ cause: null }, RESULT, events)).toMatchObject({ verdict: 'false alarm', ok: false });
    expect(score({ cause: null }, RESULT, [{ type: 'sample', at: '2026-11-21T00:00:00.000Z' }]).ok).toBe(true);
  });
});
