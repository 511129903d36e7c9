import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told } from '../support/evidence-builder.ts';

describe('accept-queue-overflow', () => {
  it('names the queue that was full, also once it has drained', () => {
    const queues = (recvQ: number) => ({
      queues: [
        { address: '127.0.0.1:8080', recvQ: 0, backlog: 511, inode: 1 },
        { address: '192.0.2.1:80', recvQ, backlog: 16, inode: 2 },
      ],
    });
    const diagnosis = conclude(
      evidence()
        .sample('listeners', 5, queues(17))
        .sample('listeners', 0, queues(0))
        .kernel({ listenOverflows: 100 }, 5)
        .kernel({ listenOverflows: 250 }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'accept-queue-overflow', confidence: 'certain' });
    expect(diagnosis.summary).toContain('the accept queue of 192.0.2.1:80 (16) is full');
    expect(diagnosis.evidenceFor[0]?.text).toContain('0 of 16 connections wait to be accepted, 17 at most lately');
    expect(diagnosis.fixes[0]?.snippet).toContain('listen 192.0.2.1:80 backlog=64;');
  });

  it('is certain when nginx’s own queue is full and the kernel drops (src/nginx/README.md §4.7)', () => {
    const diagnosis = conclude(
      evidence()
        .queue(11, 16, 5)
        .queue(17, 16)
        .kernel({ listenOverflows: 100 }, 5)
        .kernel({ listenOverflows: 250 })
        .pageFails('connect-timeout', 2)
        .pageFails('connect-timeout', 0),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'accept-queue-overflow',
      confidence: 'certain',
      severity: 'critical',
      losing: { now: true, perSecond: 30 },
    });
    expect(diagnosis.fixes[0]).toMatchObject({ from: '16', to: '64', line: 20 });
  });

  const bursts = (backlog: number) =>
    [10, 5, 0].reduce(
      (built, ago) =>
        built
          .queue(0, backlog, ago)
          .kernel({ listenOverflows: 10_000 - ago * 100 }, ago)
          .pageAt(ago, { accepts: 20_000 - ago * 120, handled: 20_000 - ago * 120 }),
      evidence(),
    );

  it('is named when bursts overflow a short queue between two samples (src/nginx/README.md §7.5)', () => {
    const diagnosis = conclude(bursts(4));
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'accept-queue-overflow',
      confidence: 'likely',
      severity: 'critical',
      losing: { now: true },
    });
  });

  it('is not named at the same rate when its own queue is long', () => {
    expect(conclude(bursts(511)).cause).toBeNull();
  });

  it('is ruled out when another listener of the host overflows', () => {
    const diagnosis = conclude(
      evidence().queue(0, 511, 5).queue(0, 511).kernel({ listenOverflows: 100 }, 5).kernel({ listenOverflows: 250 }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({ verdict: 'healthy' });
    expect(diagnosis.ruledOut.find(({ cause }) => cause === 'accept-queue-overflow')?.because).toContain(
      'another listener',
    );
  });

  it('is ruled out when nginx does not accept for want of descriptors', () => {
    const diagnosis = conclude(
      evidence()
        .fds(64, 64)
        .queue(17, 16)
        .kernel({ listenOverflows: 1 }, 5)
        .kernel({ listenOverflows: 90 })
        .line('accept-emfile', 1, { count: 4 }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'fd-exhaustion' });
  });
});
