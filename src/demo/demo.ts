/**
 * The demo: drives a private nginx into a real failure while the real service watches it with the local Slack. Touches
 * no other nginx and removes everything at the end.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../config/schema.ts';
import type { SteadyClock } from '../core/clock.ts';
import type { Diagnosis } from '../core/diagnosis.ts';
import type { IncidentChange } from '../core/incident.ts';
import type { Logger } from '../core/logger.ts';
import type { Events } from '../service/events.ts';
import type { Parts } from '../service/load-parts.ts';
import { createStandalone, type Standalone } from '../service/standalone.ts';
import type { SlackTokens } from '../slack/connect/start-error.ts';
import { openStore } from '../store/store.ts';
import { findNginxBinary } from './lab/nginx-binary.ts';
import { runScenario } from './lab/run-scenario.ts';
import type { Scenario } from './lab/scenario.ts';

export interface DemoOptions extends Parts {
  readonly scenario: Scenario;
  readonly config: Config;
  readonly tokens: SlackTokens;
  readonly clock: SteadyClock;
  readonly logger: Logger;
  readonly events: Events | null;
  /** `PATH`, to search for nginx. */
  readonly searchPath: string;
  readonly stopped: AbortSignal;
  say(line: string): void;
  onDiagnosis(diagnosis: Diagnosis): void;
  onChange(change: IncidentChange): void;
}

/** Runs until `stopped` aborts. Throws GapwatchError when there is no nginx. */
export async function runDemo(options: DemoOptions): Promise<void> {
  const { scenario } = options;
  const binary = await findNginxBinary(options.searchPath);
  const folder = mkdtempSync(join(tmpdir(), 'gapwatch-demo-'));
  const store = openStore(join(folder, 'gapwatch.db'));
  let standalone: Standalone | null = null;
  try {
    options.say(`Scenario ${scenario.id}: ${scenario.title}\n${scenario.describe}`);
    await runScenario(scenario, {
      binary,
      signal: options.stopped,
      baselineSeconds: 5,
      faultSeconds: Number.POSITIVE_INFINITY,
      async onReady({ nginx }) {
        options.say(`A private nginx answers at http://127.0.0.1:${nginx.port}/ (${nginx.configFile}).`);
        const config = { ...options.config, nginx: { pidFile: nginx.pidFile, config: nginx.configFile } };
        standalone = createStandalone({ ...options, config, host: config.host ?? 'demo', store });
        await standalone.start();
      },
      onFault: () => options.say('The fault begins now. Ctrl-C ends the demo and removes everything.'),
      // The service stops before nginx, so that it does not report the end of the demo.
      onFaultOver: () => standalone?.stop(),
    });
  } finally {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
