/**
 * The digest demo: fills a separate store with three weeks of invented traffic, posts the digest and an audit to the
 * local Slack, and answers `/nginx-status digest 7d` from it. Observes no nginx.
 */

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../core/logger.ts';
import { auditReport } from '../service/reports/audit-report.ts';
import { createStandalone } from '../service/standalone.ts';
import { createTimers } from '../service/timers.ts';
import { openStore } from '../store/store.ts';
import type { DemoOptions } from './demo.ts';
import { demoAgent } from './demo-host.ts';
import { demoUseNow, recordDemoTraffic } from './demo-traffic.ts';

const HOST = 'web-1';
const DAYS = 21;
const SLACK_TICK_MS = 200;

/** Runs until `stopped` aborts. Throws GapwatchError when the tokens are refused. */
export async function runDigestDemo(options: Omit<DemoOptions, 'scenario' | 'searchPath'>): Promise<void> {
  const { config, clock, say, stopped } = options;
  const folder = mkdtempSync(join(tmpdir(), 'gapwatch-demo-'));
  const store = openStore(join(folder, 'gapwatch.db'));
  const traffic = { host: HOST, now: clock.now(), days: DAYS };
  const standalone = createStandalone({
    ...options,
    config: { ...config, host: HOST },
    host: HOST,
    store,
    makeAgent: ({ sink }) => demoAgent(sink, traffic.now, demoUseNow(traffic)),
  });
  let endTicking: (() => void) | null = null;
  try {
    say(`Recording ${DAYS} days of invented traffic of ${HOST} …`);
    recordDemoTraffic(store, traffic);
    // One poll, and Slack. The service itself would keep polling.
    await standalone.service.agent.start();
    await standalone.slack?.start();
    const tick = () => standalone.slack?.tick();
    endTicking = createTimers(silentLogger).every(SLACK_TICK_MS, 'delivering to Slack', tick);
    await standalone.postDigest('demo');
    await standalone.slack?.postDigest('demo-audit', await auditReport(standalone.service.evidence()), null);
    say(
      'Digest and audit are in #nginx-capacity; /nginx-status digest 7d lists the days, /nginx-status audit asks again.',
    );
    say('Ctrl-C ends the demo and removes everything.');
    if (!stopped.aborted) await once(stopped, 'abort');
  } finally {
    endTicking?.();
    await standalone.slack?.stop();
    store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
