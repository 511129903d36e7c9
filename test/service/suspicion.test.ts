import { describe, expect, it } from 'vitest';
import { createNews, isAlarming, isSuspicious } from '../../src/service/suspicion.ts';
import { conclude } from '../diagnose/support/causes.ts';
import { type EvidenceBuilder, evidence } from '../diagnose/support/evidence-builder.ts';
import { pass, place, upstream } from '../diagnose/support/settings-builder.ts';
import { ManualTicker } from '../torture/manual-ticker.ts';

const suspicious = (builder: EvidenceBuilder) => isSuspicious(builder.build(), conclude(builder));

describe('suspicion', () => {
  it('is raised for some seconds by a line about lost clients, not by an everyday line', () => {
    expect(isAlarming({})).toBe(true);
    expect(isAlarming({ meaning: { role: 'everyday', groups: [] } })).toBe(false);
    expect(suspicious(evidence().slots([9, 9]).line('zone-locked', 5))).toBe(true);
    expect(suspicious(evidence().slots([9, 9]).line('zone-locked', 12))).toBe(false);
    expect(suspicious(evidence().slots([9, 9]).line('client-closed', 5, { level: 'info' }))).toBe(false);
  });

  it('is raised by half-used slots and by fast growth, not by a few steady slots', () => {
    expect(suspicious(evidence().slots([64, 9]))).toBe(true);
    expect(suspicious(evidence().slots([9, 9], [40, 9], 128, 1))).toBe(true);
    expect(suspicious(evidence().slots([40, 40]))).toBe(false);
  });

  it('is raised by an overflowing accept queue, a refusing status page, and a stalled worker', () => {
    const calm = () => evidence().slots([9, 9]);
    const raised = (builder: EvidenceBuilder) => isSuspicious(builder.build(), null);
    expect(raised(calm().kernel({ listenOverflows: 5 }, 5).kernel({ listenOverflows: 5 }))).toBe(false);
    expect(raised(calm().kernel({ listenOverflows: 5 }, 5).kernel({ listenOverflows: 6 }))).toBe(true);
    expect(raised(calm().pageAt(0, {}))).toBe(false);
    expect(raised(calm().pageFails('reset', 0))).toBe(true);
    expect(raised(calm().workers([101]))).toBe(false);
    expect(raised(calm().workers([101], 0, { state: 'T' }))).toBe(true);
  });

  it('is raised every 8 s by many TIME_WAIT sockets where a configured keepalive does not work', () => {
    const keepalive = { value: 16, place: place(14) };
    const undone = { upstreams: [upstream('app', ['127.0.0.1:9000'], { keepalive })], passes: [pass('app')] };
    const busy = (over: object, timeWaitSockets = 2_000) => evidence(over).slots([9, 9]).kernel({ timeWaitSockets });
    const asked = (secondsAgo: number) =>
      busy(undone).sample('sockets', secondsAgo, { workers: [], timeWaitByPeer: [], tookMs: 2 });
    expect(suspicious(busy(undone))).toBe(true);
    expect(suspicious(busy(undone, 40))).toBe(false);
    expect(suspicious(busy({}))).toBe(false);
    expect(suspicious(asked(5))).toBe(false);
    expect(suspicious(asked(20))).toBe(true);
  });
});

describe('a diagnosis', () => {
  const ill = () => conclude(evidence().slots([9, 9]).line('connect-refused', 2, { count: 9 }));
  const other = () => conclude(evidence().slots([9, 9]).line('upstream-read-timeout', 2, { count: 9 }));

  it('is news for half a minute, and again when another cause is named', async () => {
    const ticker = new ManualTicker();
    const news = createNews(ticker);
    expect(news.diagnosis()).toBeNull();
    for (let second = 0; second < 29; second++) {
      news.concluded(ill());
      await ticker.advance(1_000);
    }
    expect(news.diagnosis()).toMatchObject({ cause: 'upstream-down' });
    await ticker.advance(1_000);
    news.concluded(ill());
    expect(news.diagnosis()).toBeNull();
    news.concluded(other());
    expect(news.diagnosis()).toMatchObject({ cause: 'slow-upstream' });
  });

  it('that is news raises suspicion when it is not healthy', () => {
    const calm = evidence().slots([9, 9]).build();
    expect(isSuspicious(calm, ill())).toBe(true);
    expect(isSuspicious(calm, conclude(evidence().slots([9, 9]).page({})))).toBe(false);
    expect(isSuspicious(calm, null)).toBe(false);
  });
});
