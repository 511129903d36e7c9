/** The agent while no nginx runs: it keeps searching, reads the configuration once a minute, and starts no process. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { configSchema } from '../../src/config/schema.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { createAgent } from '../../src/service/agent.ts';
import { clockAt } from '../support/clock-at.ts';
import { PARTS } from '../support/parts.ts';

const folder = mkdtempSync(join(tmpdir(), 'gapwatch-agent-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('reads the configuration of an nginx that does not run once a minute, and never runs its binary', async () => {
  const asked = join(folder, 'asked');
  const binary = join(folder, 'nginx');
  writeFileSync(binary, `#!/bin/sh\necho x >> ${asked}\nexit 1\n`, { mode: 0o755 });
  let times = 0;
  const config = configSchema.parse({});
  let now = Date.now();
  const agent = createAgent({
    probeMakers: PARTS.probeMakers,
    nginx: { ...config.nginx, binary, pidFile: join(folder, 'none.pid') },
    probes: { ...config.probes, intervalMs: 60_000 },
    follow: config.follow,
    patternFolders: [],
    cursors: null,
    clock: clockAt(() => now),
    logger: silentLogger,
    sink: {
      settings() {
        times += 1;
      },
      signals() {},
      samples() {},
    },
    suspicious: () => false,
  });
  try {
    await agent.start();
    for (let round = 0; round < 8; round++) {
      now += 3000;
      await agent.pollNow();
    }
    expect(times).toBe(1);
    now += 60_000;
    await agent.pollNow();
    await vi.waitFor(() => expect(times).toBe(2), 10_000);
    expect(existsSync(asked)).toBe(false);
  } finally {
    await agent.stop();
  }
});
