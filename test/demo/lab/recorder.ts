/**
 * Records a run as a bundle (src/core/README.md): nginx's logs and config, the status page once a second, the service's
 * samples, and the expected result of a replay. Contains no path of this machine.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from '../../../src/demo/lab/lab.ts';
import type { RunResult } from '../../../src/demo/lab/run-scenario.ts';
import type { Scenario } from '../../../src/demo/lab/scenario.ts';
import { statusProbe } from './status-probe.ts';
import type { WatchedEvent } from './watcher.ts';

/** Replaces the lab's prefix in a recording. */
const RECORDED_PREFIX = '/srv/lab';
const MAX_LOG_BYTES = 120_000;
const MAX_SAMPLES_BYTES = 500_000;

export class Recorder {
  readonly #folder: string;
  readonly #statusLines: string[] = [];
  readonly #stop = new AbortController();
  #config = '';

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Starts reading the status page. */
  async start(lab: Lab): Promise<void> {
    this.#config = await lab.nginx.dumpConfig();
    const request = async () => {
      const at = new Date().toISOString();
      this.#statusLines.push(JSON.stringify({ at, ...(await statusProbe(lab.nginx.statusUrl, 1000)) }));
    };
    const timer = setInterval(() => void request(), 1000);
    this.#stop.signal.addEventListener('abort', () => clearInterval(timer));
  }

  /** Writes everything while nginx's files exist. */
  save(scenario: Scenario, lab: Lab, result: RunResult, events: readonly WatchedEvent[]): void {
    this.#stop.abort();
    rmSync(this.#folder, { recursive: true, force: true });
    mkdirSync(this.#folder, { recursive: true });
    const write = (name: string, text: string) =>
      writeFileSync(join(this.#folder, name), text.replaceAll(lab.nginx.prefix, RECORDED_PREFIX));
    write('error.log', capped(readFileSync(lab.nginx.errorLog, 'utf8')));
    write('access.log', capped(readFileSync(lab.nginx.accessLog, 'utf8')));
    write('nginx.conf', this.#config);
    write('stub_status.ndjson', lines(this.#statusLines));
    const samples = events.filter((event) => event.type === 'sample');
    if (samples.length > 0) write('samples.ndjson', beginning(lines(samples.map((event) => JSON.stringify(event)))));
    write('expected.json', `${JSON.stringify(expectation(scenario, result), null, 2)}\n`);
  }
}

function expectation(scenario: Scenario, result: RunResult) {
  const { cause, alsoAllowed = [], mayStaySilent = false } = scenario.expected;
  return {
    verdict: cause === null ? 'healthy' : 'named',
    cause,
    alsoAllowed,
    mayStaySilent,
    faultAt: new Date(result.faultAt).toISOString(),
    firstLossAt: result.firstLossAt === null ? null : new Date(result.firstLossAt).toISOString(),
    notes: scenario.describe,
    origin: 'recorded in the lab on nginx, test/demo/lab/run-lab.ts --record',
  };
}

function lines(list: readonly string[]): string {
  return list.map((line) => `${line}\n`).join('');
}

/** Complete lines up to the limit: what decides a diagnosis comes early. */
function beginning(text: string): string {
  return text.length <= MAX_SAMPLES_BYTES ? text : text.slice(0, text.lastIndexOf('\n', MAX_SAMPLES_BYTES) + 1);
}

/** The beginning and the end of a long log, cut at line ends. */
function capped(log: string): string {
  if (log.length <= MAX_LOG_BYTES) return log;
  const half = MAX_LOG_BYTES / 2;
  return log.slice(0, log.lastIndexOf('\n', half) + 1) + log.slice(log.indexOf('\n', log.length - half) + 1);
}
