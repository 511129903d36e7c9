import { describe, expect, it, onTestFinished } from 'vitest';
import { configSchema } from '../../src/config/schema.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { runDigestDemo } from '../../src/demo/demo-digest.ts';
import { createLocalSlack } from '../../src/demo/local-slack/local-slack.ts';
import { clockAt } from '../support/clock-at.ts';
import { PARTS } from '../support/parts.ts';

interface Sent {
  readonly type: string;
  readonly alt_text?: string;
}

describe('the digest demo', () => {
  it('shows page, picture and audit in the local Slack within 30 s and answers commands', async () => {
    const localSlack = await createLocalSlack();
    onTestFinished(() => localSlack.close());
    const channel = localSlack.workspace.directory.channels[0]?.id ?? '';
    const stop = new AbortController();
    const started = performance.now();
    const demo = runDigestDemo({
      config: configSchema.parse({ slack: { apiUrl: localSlack.apiUrl, channel } }),
      tokens: { botToken: localSlack.botToken, appToken: localSlack.appToken },
      ...PARTS,
      clock: clockAt(() => Date.parse('2026-11-21T09:00:00Z') + Math.round(performance.now() - started)),
      logger: silentLogger,
      events: null,
      stopped: stop.signal,
      say: () => {},
      onDiagnosis: () => {},
      onChange: () => {},
    });
    onTestFinished(async () => {
      stop.abort();
      await demo;
    });
    const message = await localSlack.until(() => localSlack.messages(channel)[0], 30_000);
    const audited = await localSlack.until(() => localSlack.messages(channel)[1], 30_000);
    expect(performance.now() - started).toBeLessThan(30_000);
    expect((await fetch(localSlack.pageUrl, { redirect: 'manual' })).status).toBe(303);
    const objections = JSON.stringify(audited.blocks);
    expect(objections).toContain('nginx does not reuse connections to app');
    expect(objections).toMatch(/\/etc\/nginx\/nginx\.conf:14.*at 78 requests a second up to \d+ ports/s);
    const blocks = (message.blocks ?? []) as unknown as readonly Sent[];
    expect(blocks.find(({ type }) => type === 'image')?.alt_text).toContain('Line chart of the hottest worker');
    const said = JSON.stringify(blocks);
    expect(said).toMatch(/web-1 reaches 80% of its slots in about \d+ days \(\d+–\d+\)/);
    expect(said).toContain('client_body_timeout was 15s, is 120s (/etc/nginx/nginx.conf:8)');
    expect(said).toContain('Change: Set client_body_timeout back to 15s (/etc/nginx/nginx.conf:8)');
    await localSlack.sendCommand('/nginx-status audit', { channel });
    await localSlack.until(() =>
      localSlack
        .ephemerals(channel)
        .find(({ blocks: own }) => JSON.stringify(own ?? '').includes('Capacity audit: web-1')),
    );
    await localSlack.sendCommand('/nginx-status digest 7d', { channel });
    const answer = await localSlack.until(() =>
      localSlack.ephemerals(channel).find(({ blocks: own }) => JSON.stringify(own ?? '').includes('Day, worst first')),
    );
    expect(JSON.stringify(answer.blocks)).toContain('data_visualization');
  }, 60_000);
});
