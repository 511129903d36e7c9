/** Runs one scenario, watched by the service and, on request, recorded. */
import { join, resolve } from 'node:path';
import type { NginxBinary } from '../../../src/demo/lab/nginx-binary.ts';
import { runScenario } from '../../../src/demo/lab/run-scenario.ts';
import type { Scenario } from '../../../src/demo/lab/scenario.ts';
import type { LabRow } from './lab-table.ts';
import { unproven } from './proof.ts';
import { Recorder } from './recorder.ts';
import { type Score, score } from './score.ts';
import { Watcher } from './watcher.ts';

const RECORDINGS = resolve(import.meta.dirname, '../../scenarios');
/** Long enough after the fault to detect a wrong incident. */
const RECOVERY_SECONDS = 3;

export interface LabRunOptions {
  readonly record: boolean;
  /** False: only the scenario's proof is judged. */
  readonly watched: boolean;
  readonly signal: AbortSignal;
  /** True in the child that `inNamespace` started. */
  readonly insideNamespace: boolean;
}

export async function runWatched(scenario: Scenario, binary: NginxBinary, options: LabRunOptions): Promise<LabRow> {
  const recorder = options.record ? new Recorder(join(RECORDINGS, scenario.id)) : null;
  const watchers: Watcher[] = [];
  let complaints: string[] = [];
  let verdict: Score | null = null;
  try {
    const result = await runScenario(scenario, {
      binary,
      signal: options.signal,
      insideNamespace: options.insideNamespace,
      recoverySeconds: RECOVERY_SECONDS,
      async onReady(lab) {
        if (options.watched) watchers.push(await Watcher.start(lab));
        await recorder?.start(lab);
      },
      onFaultOver(lab, faultAt) {
        complaints = unproven(scenario.proof, lab, faultAt);
      },
      async onClosing(lab, soFar) {
        const events = watchers.flatMap((watcher) => watcher.events);
        await Promise.all(watchers.map((watcher) => watcher.stop()));
        recorder?.save(scenario, lab, soFar, events);
        if (options.watched) verdict = score(scenario.expected, soFar, events);
      },
    });
    const lossAfterSeconds = result.firstLossAt === null ? null : (result.firstLossAt - result.faultAt) / 1000;
    return { id: scenario.id, expected: scenario.expected.cause, complaints, lossAfterSeconds, score: verdict };
  } finally {
    await Promise.all(watchers.map((watcher) => watcher.stop()));
  }
}
