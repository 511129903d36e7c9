import { describe, expect, it } from 'vitest';
import { type Cause, type Confirmed, confirmed } from '../../src/diagnose/cause.ts';
import { diagnose } from '../../src/diagnose/diagnose.ts';
import { rank, relations } from '../../src/diagnose/rank.ts';
import { CAUSES } from './support/causes.ts';
import { evidence } from './support/evidence-builder.ts';

function judged(id: string, over: Partial<Confirmed> = {}, rest: Partial<Cause> = {}) {
  const judgement = confirmed({ confidence: 'certain', severity: 'critical', summary: id, evidenceFor: [], ...over });
  const cause: Cause = {
    id,
    kind: 'cause',
    title: id,
    means: id,
    looksLike: id,
    fix: id,
    differsFrom: [],
    references: [],
    reads: [],
    consequences: [],
    precedence: 1,
    judge: () => judgement,
    ...rest,
  };
  return { cause, judgement };
}

function ranked(...all: ReturnType<typeof judged>[]) {
  const { winner, also, rivals } = rank(all, new Map(all.map(({ cause }) => [cause.id, cause])));
  return {
    winner: winner?.cause.id ?? null,
    also: also.map(({ cause }) => cause.id),
    rivals: rivals.map(({ cause }) => cause.id),
  };
}

describe('the ranking', () => {
  it('puts a root before what follows from it, through any number of steps', () => {
    const order = ranked(
      judged('c', {}, { precedence: 0 }),
      judged('b', {}, { consequences: ['c'] }),
      judged('a', {}, { consequences: ['b'], precedence: 9 }),
    );
    expect(order).toMatchObject({ winner: 'a', also: ['c', 'b'] });
  });

  it('reports the larger of two troubles that are about different upstream servers', () => {
    const failed = (server: string, count: number) => ({ failed: new Map([[server, count]]) });
    const small = judged('small', failed('a:1', 10), { precedence: 1, consequences: ['large'] });
    expect(ranked(small, judged('large', { ...failed('b:1', 90), confidence: 'likely' }, { precedence: 2 }))).toEqual({
      winner: 'large',
      also: ['small'],
      rivals: [],
    });
    expect(ranked(small, judged('large', failed('a:1', 90), { precedence: 2 }))).toMatchObject({ winner: 'small' });
    expect(ranked(small, judged('large', failed('b:1', 11), { precedence: 2 }))).toMatchObject({ winner: 'small' });
    const guess = judged('large', { ...failed('b:1', 90), confidence: 'possible' }, { precedence: 2 });
    expect(ranked(small, guess)).toMatchObject({ winner: 'small' });
  });

  it('takes a quarter more failed requests for the larger trouble, and less than that for equal', () => {
    const failed = (server: string, count: number) => ({ failed: new Map([[server, count]]) });
    const first = judged('first', failed('a:1', 100), { precedence: 1 });
    const winner = (count: number) => ranked(first, judged('second', failed('b:1', count), { precedence: 2 })).winner;
    expect([winner(124), winner(125)]).toEqual(['first', 'second']);
  });

  it('does not let a guess displace a certainty', () => {
    expect(
      ranked(judged('root', { confidence: 'possible' }, { consequences: ['sure'], precedence: 9 }), judged('sure')),
    ).toMatchObject({ winner: 'sure' });
  });

  it('lets anything displace a state that only asks for an explanation, and that displace nothing', () => {
    const full = judged('full', { symptomOnly: true }, { consequences: ['drops'] });
    expect(
      ranked(full, judged('root', { confidence: 'possible', severity: 'warning' }, { consequences: ['full'] })),
    ).toMatchObject({ winner: 'root' });
    expect(ranked(full, judged('drops'))).toMatchObject({ winner: 'drops' });
  });

  it('orders independent causes by harm, then certainty, then nearness to the root', () => {
    expect(ranked(judged('mild', { severity: 'warning' }), judged('grave')).winner).toBe('grave');
    expect(ranked(judged('maybe', { confidence: 'likely' }, { precedence: 0 }), judged('sure')).winner).toBe('sure');
    expect(ranked(judged('far', {}, { precedence: 5 }), judged('near', {}, { precedence: 2 })).winner).toBe('near');
  });

  it('calls equally weak candidates rivals, and never lets a note win', () => {
    expect(ranked(judged('a', { confidence: 'possible' }), judged('b', { confidence: 'possible' }))).toMatchObject({
      rivals: ['b'],
    });
    expect(ranked(judged('n', {}, { kind: 'note' }))).toMatchObject({ winner: null, also: ['n'] });
  });

  it('does not depend on the order of its input', () => {
    const all = [judged('a'), judged('b'), judged('c', {}, { consequences: ['a'] })];
    expect(ranked(...all)).toEqual(ranked(...all.toReversed()));
  });
});

describe('a diagnosis', () => {
  const busy = () =>
    evidence()
      .slots([127, 127])
      .sockets({ client: 62, upstream: 62, upstreamSilent: 62 })
      .line('worker-connections-upstream', 1, { count: 9 })
      .line('connect-refused', 1, { count: 2 });

  it('says the same words for the same evidence, whatever the order of the causes', () => {
    expect(diagnose(busy().build(), CAUSES)).toEqual(diagnose(busy().build(), CAUSES.toReversed()));
  });

  it('cannot tell from an access log without a line alone', () => {
    expect(diagnose(evidence(null).access({}).build(), CAUSES).verdict).toBe('cannot-tell');
    expect(diagnose(evidence(null).access({ 200: 5 }).build(), CAUSES).verdict).toBe('healthy');
  });

  it('is less sure of health, and says why, when clients give up', () => {
    const slots = () => evidence().slots([20, 20]);
    expect(diagnose(slots().access({ 200: 30, 499: 40 }).build(), CAUSES)).toMatchObject({
      verdict: 'healthy',
      confidence: 'likely',
      summary: expect.stringContaining('40 of 70 requests were given up by their clients (499)'),
    });
    expect(diagnose(slots().access({ 200: 300, 499: 12 }).build(), CAUSES).confidence).toBe('certain');
  });

  it('does not hide that the application answers 500 over healthy connections', () => {
    const given = (failed: number) =>
      diagnose(evidence().slots([5, 5]).access({ 200: 300, 500: failed }).build(), CAUSES);
    expect(given(200)).toMatchObject({
      verdict: 'healthy',
      confidence: 'likely',
      summary: expect.stringContaining('But 200 of 500 requests were answered with 500: connections are fine'),
    });
    expect(given(9).confidence).toBe('certain');
  });

  it('cannot tell when nothing could be looked at', () => {
    expect(diagnose(evidence(null).build(), CAUSES)).toMatchObject({ verdict: 'cannot-tell', losing: { now: false } });
  });

  it('takes a log that was read and says nothing for possible health', () => {
    const quiet = { ...evidence(null).build(), errorLogRead: true };
    expect(diagnose(quiet, CAUSES)).toMatchObject({ verdict: 'healthy', confidence: 'possible' });
  });

  it('reports a loss that no cause claims', () => {
    const refused = evidence().slots([5, 5]).workers([101, 102]).pageFails('reset', 4).pageFails('reset', 0);
    expect(diagnose(refused.build(), CAUSES)).toMatchObject({
      verdict: 'cannot-tell',
      severity: 'critical',
      losing: { now: true, how: 'new connections reset' },
    });
  });
});

describe('relations', () => {
  it('know which names may speak of one trouble', () => {
    const { follows, related } = relations(CAUSES);
    expect(follows('slow-upstream', 'slot-capacity')).toBe(true);
    expect(related('slow-upstream', 'slow-clients')).toBe(true);
    expect(related('disk-full', 'slow-clients')).toBe(false);
  });
});
