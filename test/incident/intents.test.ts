import { describe, expect, it } from 'vitest';
import type { Intent } from '../../src/core/incident.ts';
import { reduce } from '../../src/incident/lifecycle.ts';
import { notifyReason } from '../../src/incident/notify-reason.ts';
import { healthy, losing, RULES, Story } from './support/diagnoses.ts';

function opened() {
  const story = new Story().at(0, losing('slow-upstream'));
  const id = story.last?.id ?? '';
  const ask = (over: Partial<Intent> & Pick<Intent, 'kind'>) => {
    const intent = { incidentId: id, by: 'U1', at: 5_000, forMs: null, ...over } as Intent;
    const reduced = reduce(story.state, { kind: 'intent', intent }, RULES);
    story.state = reduced.state;
    story.changes.push(...reduced.changes);
    return reduced.settled;
  };
  return { story, ask };
}

describe('intents', () => {
  it('let one person acknowledge and name that person to the second', () => {
    const { story, ask } = opened();
    expect(ask({ kind: 'acknowledge' })).toMatchObject({
      accepted: true,
      incident: { state: 'acknowledged', acknowledgedBy: 'U1' },
    });
    expect(ask({ kind: 'acknowledge', by: 'U2', at: 65_000 })).toMatchObject({
      accepted: false,
      text: 'Already acknowledged by U1, 1 min ago.',
    });
    expect(story.kinds).toEqual(['opened', 'acknowledged']);
  });

  it('are refused when they no longer apply', () => {
    const { ask } = opened();
    expect(ask({ kind: 'unacknowledge' })).toMatchObject({ accepted: false });
    expect(ask({ kind: 'resolve' })).toMatchObject({ accepted: true });
    expect(ask({ kind: 'acknowledge' })).toMatchObject({ accepted: false, incident: null });
    expect(ask({ kind: 'acknowledge', incidentId: 'inc-none' })).toMatchObject({ accepted: false });
  });

  it('end a snooze in time and restore the state before it', () => {
    const { story, ask } = opened();
    ask({ kind: 'acknowledge' });
    ask({ kind: 'snooze', forMs: 60_000 });
    expect(story.last?.state).toBe('snoozed');
    story.every(6, 65, losing('slow-upstream'));
    expect(story.changes.at(-1)).toMatchObject({ kind: 'woke', at: 65_000, incident: { state: 'acknowledged' } });
  });

  it('keep a resolved cause quiet while it continues, and open again after it was absent', () => {
    const { story, ask } = opened();
    ask({ kind: 'resolve' });
    expect(story.every(6, 100, losing('slow-upstream')).kinds).toEqual(['opened', 'resolved']);
    expect(story.at(101, healthy).at(102, losing('slow-upstream')).kinds).toEqual(['opened', 'resolved', 'opened']);
  });
});

describe('notify reason', () => {
  it('notifies neither of people’s own changes nor during a snooze, except when it gets worse', () => {
    const { story, ask } = opened();
    ask({ kind: 'snooze', forMs: 60_000 });
    const [open, snoozed] = story.changes;
    if (open === undefined || snoozed === undefined) throw new Error('two changes were made');
    expect(notifyReason(open)).toMatchObject({ notify: true });
    expect(notifyReason(snoozed)).toMatchObject({ notify: false });
    expect(notifyReason({ ...snoozed, kind: 'losing' })).toMatchObject({ notify: false });
    expect(notifyReason({ ...snoozed, kind: 'worse' })).toMatchObject({ notify: true });
  });
});
