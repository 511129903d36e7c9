import { describe, expect, it } from 'vitest';
import type { Evidence } from '../../../src/core/evidence.ts';
import type { Attempt } from '../../../src/core/samples/stub-status.ts';
import { doctorExtras } from '../../../src/service/reports/doctor-extras.ts';
import { followConfig } from '../../../src/tail/config.ts';

const URL = 'http://127.0.0.1:9/status';
const failed = (reason: 'refused' | 'malformed', detail: string): Attempt => ({
  ok: false,
  latencyMs: 1,
  reason,
  detail,
});

async function itemsFor(fresh: Attempt, stubStatusUrl: string | undefined) {
  const sample = {
    probe: 'stub-status',
    at: 0,
    ok: true,
    data: { url: URL, fresh, armed: null, counters: null },
  } as const;
  const evidence: Evidence = {
    host: 'web-1',
    asOf: 0,
    windowMs: 600_000,
    settings: null,
    latest: { 'stub-status': sample },
    history: {},
    signals: new Map(),
    notObservable: [],
    facts: {},
  };
  const nginx = stubStatusUrl === undefined ? {} : { stubStatusUrl };
  return doctorExtras(evidence, { follow: followConfig.parse({}), nginx });
}

describe('the status page that the config names', () => {
  it.each([
    ['refused', 'connect ECONNREFUSED', 'is a port without a listener (connect ECONNREFUSED)'],
    ['malformed', '<html>', 'answers, but not with a status page (<html>)'],
  ] as const)('that fails (%s) gives a sentence with a remedy', async (reason, detail, words) => {
    const [item] = await itemsFor(failed(reason, detail), URL);
    expect(item).toMatchObject({ what: 'nginx.stubStatusUrl', ok: false, detail: `${URL} ${words}` });
    expect(item?.remedy).toMatch(
      /^curl -sS http:\/\/127\.0\.0\.1:9\/status .*correct nginx\.stubStatusUrl or remove it/,
    );
  });

  it('gives no item when discovery found the page, or while it answers', async () => {
    expect(await itemsFor(failed('refused', ''), undefined)).toEqual([]);
    const counters = { active: 1, accepts: 1, handled: 1, requests: 1, reading: 0, writing: 1, waiting: 0 };
    expect(await itemsFor({ ok: true, latencyMs: 1, counters }, URL)).toEqual([]);
  });
});
