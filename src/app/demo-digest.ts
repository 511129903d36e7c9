/**
 * The digest on three weeks of made-up traffic: filled into a store of its own, drawn, and posted to the local Slack,
 * where `/nginx-status digest 7d` answers from the same store. No nginx is looked at.
 */

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../store/store.ts';
import type { DemoOptions } from './demo.ts';
import { recordDemoTraffic } from './demo-traffic.ts';
import { createStandalone } from './standalone.ts';

const HOST = 'web-1';
const DAYS = 21;
const SLACK_TICK_MS = 200;

/** Runs until `stopped` aborts. Throws GapwatchError when the tokens are refused. */
export async function runDigestDemo(options: Omit<DemoOptions, 'scenario' | 'searchPath'>): Promise<void> {
  const { config, clock, say, stopped } = options;
  const folder = mkdtempSync(join(tmpdir(), 'gapwatch-demo-'));
  const store = openStore(join(folder, 'gapwatch.db'));
  const standalone = createStandalone({ ...options, config: { ...config, host: HOST }, host: HOST, store });
  let ticking: NodeJS.Timeout | null = null;
  try {
    say(`Recording ${DAYS} days of made-up traffic of ${HOST} …`);
    recordDemoTraffic(store, { host: HOST, now: clock.now(), days: DAYS });
    // Only its Slack: the service would look at a real nginx.
    await standalone.slack?.start();
    ticking = setInterval(() => standalone.slack?.tick(), SLACK_TICK_MS);
    await standalone.postDigest('demo');
    say(
      'The digest is in the channel; /nginx-status digest 7d lists the days. Ctrl-C ends the demo and removes everything.',
    );
    if (!stopped.aborted) await once(stopped, 'abort');
  } finally {
    if (ticking !== null) clearInterval(ticking);
    await standalone.slack?.stop();
    store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
