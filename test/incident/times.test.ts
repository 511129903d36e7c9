/** The second at which each hold of the configuration ends: one second earlier nothing happens. */
import { describe, expect, it } from 'vitest';
import type { Diagnosis } from '../../src/core/diagnosis.ts';
import type { Intent } from '../../src/core/incident.ts';
import { reduce } from '../../src/incident/lifecycle.ts';
import { diagnosis, healthy, losing, RULES, Story, warning } from './support/diagnoses.ts';

const timesOf = (story: Story): (readonly [string, number])[] =>
  story.changes.map(({ kind, at }) => [kind, at / 1000] as const);

describe('an incident opens after', () => {
  const noLoss = { losing: { now: false, perSecond: 0, total: 0, how: null } };
  const cases: readonly [string, number, Diagnosis][] = [
    ['a certain loss', 0, losing('slow-upstream')],
    ['a certain critical cause without loss', 3, losing('slow-upstream', noLoss)],
    ['a likely loss', 3, losing('slow-upstream', { confidence: 'likely' })],
    ['a possible loss', 15, losing('slow-upstream', { confidence: 'possible' })],
    ['a loss without a known cause', 10, losing('', { verdict: 'cannot-tell', cause: null })],
    ['a foreseen loss', 2, warning('slow-upstream', { secondsLeft: 12 })],
    ['a warning', 30, warning('keepalive-pileup')],
  ];

  it.each(cases)('%s of %i s', (_what, seconds, given) => {
    expect(timesOf(new Story().every(0, 100, given))[0]).toEqual(['opened', seconds]);
  });
});

describe('an open incident', () => {
  it('recovers after 20 s and ends after 60 s without a bad diagnosis', () => {
    const story = new Story().at(0, losing('slow-upstream')).every(1, 100, healthy);
    expect(timesOf(story)).toEqual([
      ['opened', 0],
      ['recovering', 21],
      ['resolved', 61],
    ]);
  });

  it('becomes milder after 30 s, and the 30 s begin again with each worse diagnosis', () => {
    const mild = warning('slow-upstream');
    const story = new Story().at(0, losing('slow-upstream')).every(1, 29, mild).at(30, losing('slow-upstream'));
    expect(timesOf(story.every(31, 100, mild)).filter(([kind]) => kind === 'better')).toEqual([['better', 61]]);
  });

  it('changes its name after 10 s, then 20 s, then 40 s', () => {
    const story = new Story()
      .at(0, losing('slow-upstream'))
      .every(1, 11, losing('slow-clients'))
      .every(12, 32, losing('slow-upstream'))
      .every(33, 100, losing('slow-clients'));
    expect(timesOf(story)).toEqual([
      ['opened', 0],
      ['cause-changed', 11],
      ['cause-changed', 32],
      ['cause-changed', 73],
    ]);
  });

  it('does not count silence that is longer than the minute it needs', () => {
    const stateAt = (second: number) =>
      new Story().at(0, losing('slow-upstream')).at(1, healthy).at(second, healthy).last?.state;
    expect([stateAt(61), stateAt(62)]).toEqual(['resolved', 'open']);
  });
});

describe('a cause that returns', () => {
  it.each([
    [599, 120],
    [600, 60],
  ])('%i s after its incident ended needs %i s of health', (pause, seconds) => {
    const story = new Story().at(0, losing('slow-upstream')).every(1, 61, healthy);
    const back = 61 + pause;
    story.every(62, back - 1, healthy).at(back, losing('slow-upstream'));
    story.every(back + 1, back + 200, healthy);
    expect(timesOf(story).at(-1)).toEqual(['resolved', back + 1 + seconds]);
  });

  it('opens nothing for 15 min after a person resolved it while it went on', () => {
    const story = new Story().at(0, losing('slow-upstream'));
    const intent: Intent = { kind: 'resolve', incidentId: story.last?.id ?? '', by: 'U1', at: 5_000 };
    story.state = reduce(story.state, { kind: 'intent', intent }, RULES).state;
    story.every(6, 1000, losing('slow-upstream'));
    expect(timesOf(story)).toEqual([
      ['opened', 0],
      ['opened', 905],
    ]);
  });

  it('opens at once after a person resolved it during healthy seconds', () => {
    const story = new Story().at(0, losing('slow-upstream')).every(1, 5, healthy);
    const intent: Intent = { kind: 'resolve', incidentId: story.last?.id ?? '', by: 'U1', at: 5_500 };
    story.state = reduce(story.state, { kind: 'intent', intent }, RULES).state;
    expect(timesOf(story.at(6, losing('slow-upstream'))).at(-1)).toEqual(['opened', 6]);
  });
});

describe('clients lost', () => {
  const counted = (total: number, perSecond = 5) =>
    losing('slow-upstream', { losing: { now: true, perSecond, total, how: '500s' } });

  it('are what the total grew by, and the rate while the total of the window falls', () => {
    const story = new Story().at(0, counted(50)).at(1, counted(80)).at(3, counted(30, 4)).at(4, diagnosis());
    expect(story.state.tracked[0]?.incident).toMatchObject({ lostTotal: 88, peakLostPerSecond: 5 });
  });
});
