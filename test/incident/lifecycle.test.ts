import { describe, expect, it } from 'vitest';
import { initialState } from '../../src/incident/state.ts';
import { diagnosis, healthy, losing, Story, warning } from './support/diagnoses.ts';

describe('opening', () => {
  it('happens at once for a certain cause that loses clients', () => {
    expect(new Story().at(0, losing('slow-upstream')).kinds).toEqual(['opened']);
  });

  it('waits for the hold time of a likely cause', () => {
    const likely = losing('slow-upstream', { confidence: 'likely' });
    expect(new Story().every(0, 2, likely).kinds).toEqual([]);
    expect(new Story().every(0, 3, likely).kinds).toEqual(['opened']);
  });

  it('does not happen when a likely cause does not last', () => {
    const likely = losing('slow-upstream', { confidence: 'likely' });
    const story = new Story();
    for (let second = 0; second < 60; second += 4)
      story
        .at(second, likely)
        .at(second + 1, likely)
        .at(second + 2, healthy);
    expect(story.kinds).toEqual([]);
  });

  it('does not take two observations a minute apart for one that lasted', () => {
    const likely = losing('slow-upstream', { confidence: 'likely' });
    expect(new Story().at(0, likely).at(60, likely).kinds).toEqual([]);
    expect(new Story().at(0, likely).at(60, likely).at(64, likely).kinds).toEqual(['opened']);
  });

  it('counts samples up to 20 s apart as one observation', () => {
    const likely = losing('slow-upstream', { confidence: 'likely' });
    expect(new Story().at(0, likely).at(20, likely).kinds).toEqual(['opened']);
    expect(new Story().at(0, likely).at(20.001, likely).kinds).toEqual([]);
  });

  it('happens early for an expected loss, and late for a lasting warning', () => {
    expect(new Story().every(0, 2, warning('slow-upstream', { secondsLeft: 12 })).kinds).toEqual(['opened']);
    expect(new Story().every(0, 29, warning('keepalive-pileup')).kinds).toEqual([]);
    expect(new Story().every(0, 30, warning('keepalive-pileup')).kinds).toEqual(['opened']);
  });

  it('happens at once for a certain warning that cannot end without action', () => {
    expect(new Story().at(0, warning('config-invalid', { confidence: 'certain', lasting: true })).kinds).toEqual([
      'opened',
    ]);
    const likely = warning('config-invalid', { confidence: 'likely', lasting: true });
    expect(new Story().every(0, 29, likely).kinds).toEqual([]);
  });

  it('never happens for notes, information or a healthy host', () => {
    const limited = diagnosis({ verdict: 'named', cause: 'rate-limited', severity: 'info' });
    expect(new Story().every(0, 300, limited).every(301, 600, healthy).kinds).toEqual([]);
  });

  it('happens without a cause when clients are lost and the cause is unknown', () => {
    const untold = losing('', { verdict: 'cannot-tell', cause: null });
    const story = new Story().every(0, 10, untold);
    expect(story.kinds).toEqual(['opened']);
    expect(story.last).toMatchObject({ cause: 'cannot-tell', severity: 'critical' });
    expect(new Story().every(0, 60, diagnosis({ verdict: 'cannot-tell' })).kinds).toEqual([]);
  });
});

describe('the name', () => {
  it('changes at once from a consequence to its certain root cause, in the same incident', () => {
    const story = new Story()
      .at(0, losing('slot-capacity'))
      .at(1, losing('slow-upstream', { alsoPresent: ['slot-capacity'] }));
    expect(story.kinds).toEqual(['opened', 'cause-changed']);
    expect(story.last).toMatchObject({
      cause: 'slow-upstream',
      rev: 2,
      formerCauses: [{ cause: 'slot-capacity', until: 1000 }],
    });
    expect(story.state.tracked).toHaveLength(1);
  });

  it('is added to an incident that had none', () => {
    const untold = losing('', { verdict: 'cannot-tell', cause: null });
    const story = new Story().every(0, 10, untold).at(11, losing('fd-exhaustion'));
    expect(story.last).toMatchObject({
      cause: 'fd-exhaustion',
      formerCauses: [{ cause: 'cannot-tell', until: 11_000 }],
    });
  });

  it('stays while only its consequence is named', () => {
    const story = new Story().at(0, losing('slow-upstream')).every(1, 120, losing('slot-capacity'));
    expect(story.kinds).toEqual(['opened']);
  });

  it('changes to a certain consequence that rules out the root cause, after its hold time', () => {
    const denied = losing('slot-capacity', { ruledOut: [{ cause: 'slow-upstream', because: 'served quickly' }] });
    const story = new Story().at(0, losing('slow-upstream')).every(1, 10, denied);
    expect(story.kinds).toEqual(['opened']);
    expect(story.every(11, 12, denied).kinds).toEqual(['opened', 'cause-changed']);
    expect(story.last).toMatchObject({ cause: 'slot-capacity' });
  });

  it('changes to a related cause only after its hold time, which doubles each time', () => {
    const story = new Story().at(0, losing('slow-upstream'));
    for (let second = 1; second < 200; second += 10)
      story.every(second, second + 4, losing('slow-clients')).every(second + 5, second + 9, losing('slow-upstream'));
    expect(story.kinds).toEqual(['opened']);
    expect(story.every(201, 211, losing('slow-clients')).kinds).toEqual(['opened', 'cause-changed']);
    expect(story.every(212, 222, losing('slow-upstream')).kinds).toEqual(['opened', 'cause-changed']);
  });

  it('is separate for independent problems: each has its incident', () => {
    const story = new Story()
      .at(0, losing('upstream-down'))
      .at(1, losing('fd-exhaustion', { alsoPresent: ['upstream-down'] }));
    expect(story.kinds).toEqual(['opened', 'opened']);
    expect(story.every(2, 200, losing('fd-exhaustion', { alsoPresent: ['upstream-down'] })).kinds).toEqual([
      'opened',
      'opened',
    ]);
  });

  it('is separate for each host', () => {
    const story = new Story()
      .at(0, losing('upstream-down'))
      .at(0, losing('upstream-down'), 'web-2')
      .every(1, 61, healthy);
    expect(story.changes.filter(({ kind }) => kind === 'resolved').map(({ incident }) => incident.host)).toEqual([
      'web-1',
    ]);
  });
});

describe('the course', () => {
  it('reports recovery and resolution', () => {
    const story = new Story().at(0, losing('slow-upstream')).every(1, 62, healthy);
    expect(story.kinds).toEqual(['opened', 'recovering', 'resolved']);
    expect(story.last).toMatchObject({ state: 'resolved', resolvedAt: 61_000 });
    expect(story.changes.at(-1)?.text).toContain('Healthy for 1 min. It lasted 1 s');
  });

  it('does not end without observations', () => {
    const blind = diagnosis({ verdict: 'cannot-tell' });
    expect(new Story().at(0, losing('slow-upstream')).every(1, 300, blind).kinds).toEqual(['opened']);
    expect(new Story().at(0, losing('slow-upstream')).at(1, healthy).at(900, healthy).kinds).not.toContain('resolved');
  });

  it('restarts the healthy minute after a cannot-tell diagnosis', () => {
    const blind = diagnosis({ verdict: 'cannot-tell' });
    const story = new Story()
      .at(0, losing('slow-upstream'))
      .every(1, 50, healthy)
      .every(51, 55, blind)
      .every(56, 115, healthy);
    expect(story.kinds).toEqual(['opened', 'recovering']);
    expect(story.at(116, healthy).kinds).toEqual(['opened', 'recovering', 'resolved']);
  });

  it('reports once that a warning turned into a loss', () => {
    const story = new Story()
      .every(0, 2, warning('slow-upstream', { secondsLeft: 9 }))
      .every(3, 20, losing('slow-upstream'));
    expect(story.kinds).toEqual(['opened', 'worse']);
    expect(story.last).toMatchObject({ severity: 'critical', peakLostPerSecond: 5, lostTotal: 50 });
  });

  it('becomes milder only after a while', () => {
    const story = new Story().at(0, losing('slow-upstream')).every(1, 60, warning('slow-upstream'));
    expect(story.kinds).toEqual(['opened', 'recovering', 'better']);
    expect(story.last?.severity).toBe('warning');
  });

  it('takes longer to end at each return of the cause', () => {
    const story = new Story()
      .at(0, losing('slow-upstream'))
      .every(1, 61, healthy)
      .at(62, losing('slow-upstream'))
      .every(63, 123, healthy);
    expect(story.kinds.filter((kind) => kind === 'resolved')).toHaveLength(1);
    expect(story.every(124, 190, healthy).kinds.filter((kind) => kind === 'resolved')).toHaveLength(2);
  });

  it('doubles the healthy minute at each return of the cause, up to eightfold', () => {
    const story = new Story();
    let second = 0;
    const healthyFor = [1, 2, 3, 4, 5, 6].map(() => {
      story.at(second, losing('slow-upstream'));
      const begun = second + 1;
      for (second = begun; story.last?.state !== 'resolved'; second++) story.at(second, healthy);
      return second - 1 - begun;
    });
    expect(healthyFor).toEqual([60, 120, 240, 480, 480, 480]);
  });

  it('continues in the same incident after a restart', () => {
    const open = new Story().at(0, losing('slow-upstream')).state.tracked.map(({ incident }) => incident);
    const story = new Story(initialState(open, 5_000)).every(5, 10, losing('slow-upstream'));
    expect(story.kinds).toEqual([]);
    expect(story.every(11, 80, healthy).last).toMatchObject({ id: open[0]?.id, state: 'resolved' });
  });
});
