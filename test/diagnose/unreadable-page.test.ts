import { describe, expect, it } from 'vitest';
import { conclude } from './support/causes.ts';
import { evidence, told } from './support/evidence-builder.ts';

const refused = { count: 20, level: 'alert', captures: { slots: '128' } } as const;

describe('full slots first looked at when the status page is refused already', () => {
  const given = (clients: Parameters<ReturnType<typeof evidence>['sockets']>[0]) =>
    conclude(
      evidence()
        .slots([128])
        .sockets({ client: 125, ...clients })
        .pageFails('reset', 0)
        .line('worker-connections', 1, refused),
    );

  it('are held by slow clients when most were never sent a byte and sent little', () => {
    const diagnosis = given({ clientRecentlyReceived: 30, clientUnanswered: 124, clientUnansweredBodies: 0 });
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'slow-clients', confidence: 'likely' });
    expect(diagnosis.summary).toContain('124 of 125 clients were never sent a byte');
  });

  it('are held by uploads when what they sent is a body', () => {
    const diagnosis = given({ clientRecentlyReceived: 120, clientUnanswered: 124, clientUnansweredBodies: 110 });
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'slow-uploads' });
  });

  it.each([
    ['clients go on sending, and it may be the start of a body', { clientRecentlyReceived: 120 }],
    ['nginx has not read what they sent', { clientRecentlyReceived: 30, clientRecvQueued: 100 }],
  ])('have no known holder when %s', (_, clients) => {
    const diagnosis = given({ clientUnanswered: 124, clientUnansweredBodies: 0, ...clients });
    expect(diagnosis, told(diagnosis)).toMatchObject({ verdict: 'cannot-tell' });
  });
});

describe('reuse drops beside refusals', () => {
  it('follow from slots that are held: by what is unknown', () => {
    const diagnosis = conclude(
      evidence()
        .slots([128])
        .page({ accepts: 4_000, handled: 4_000, requests: 1_000 }, { accepts: 2_000, handled: 2_000, requests: 500 })
        .line('worker-connections-reuse', 1, { level: 'warn' })
        .line('worker-connections', 1, refused),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({ verdict: 'cannot-tell' });
    expect(diagnosis.alsoPresent).toContain('reuse-drops');
  });
});
