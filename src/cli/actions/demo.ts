/** `gapwatch demo [SCENARIO]`: shows the diagnosis of a failure, on a private nginx and with the local Slack. */
import { loadConfig } from '../../config/load.ts';
import { createSteadyClock } from '../../core/clock.ts';
import type { Diagnosis } from '../../core/diagnosis.ts';
import type { IncidentChange } from '../../core/incident.ts';
import { runDemo } from '../../demo/demo.ts';
import { runDigestDemo } from '../../demo/demo-digest.ts';
import { loadScenario, loadScenarios } from '../../demo/lab/catalogue.ts';
import { loadParts } from '../../service/load-parts.ts';
import { diagnosisText, summaryLine } from '../diagnosis-text.ts';
import type { Io } from '../io.ts';
import { slackOf } from '../slack-of.ts';

export interface DemoOptions {
  readonly config?: string;
  readonly list?: boolean;
  readonly json?: boolean;
  readonly port: string;
}

/** The scenario without a failure: three weeks of recorded traffic. */
const DIGEST = 'digest';
const NO_SECRETS = { botToken: null, appToken: null, signingSecret: null };

async function list(options: DemoOptions, io: Io): Promise<void> {
  const scenarios = await loadScenarios();
  const facts = scenarios.map(({ id, title, describe, expected }) => ({ id, title, describe, cause: expected.cause }));
  const lines = facts.map(({ id, title }) => `${id.padEnd(32)} ${title}`);
  io.stdout.write(options.json === true ? `${JSON.stringify(facts)}\n` : `${lines.join('\n')}\n`);
}

async function demo(id: string, options: DemoOptions, io: Io): Promise<void> {
  const scenario = id === DIGEST ? null : await loadScenario(id);
  const { config: loaded } = loadConfig(options.config, io.env);
  const { config, tokens, page, close } = await slackOf(loaded, NO_SECRETS, io, Number(options.port));
  const say = (line: string): void => void io.stdout.write(`${line}\n`);
  let said = '';
  const at = scenario === null ? `#${config.slack.digestChannel}` : '';
  say(`The local Slack (a preview, not Slack): ${page}${at}`);
  try {
    const seen = {
      config,
      tokens,
      ...(await loadParts()),
      clock: createSteadyClock(),
      logger: io.logger,
      events: null,
      stopped: io.stopped,
      say,
      onDiagnosis(diagnosis: Diagnosis) {
        const key = `${diagnosis.verdict} ${diagnosis.cause} ${diagnosis.severity} ${diagnosis.losing.now}`;
        if (key !== said) say(summaryLine(diagnosis));
        said = key;
      },
      onChange({ kind, incident }: IncidentChange) {
        if (kind === 'opened') say(`\n${diagnosisText(incident.diagnosis)}`);
      },
    };
    if (scenario === null) await runDigestDemo(seen);
    else await runDemo({ ...seen, scenario, searchPath: io.env.PATH ?? '' });
  } finally {
    await close();
  }
}

export async function demoAction(scenario: string, options: DemoOptions, io: Io): Promise<void> {
  await (options.list === true ? list(options, io) : demo(scenario, options, io));
}
