/**
 * The main loop: takes signals and samples, draws a conclusion, records changes and announces them. Concludes after
 * each poll, and within a second after an alarming signal, at most once a second.
 */
import type { WallTime } from '../core/clock.ts';
import type { Diagnosis } from '../core/diagnosis.ts';
import type { AgentSink } from './agent.ts';
import type { Brain } from './brain.ts';
import type { ChangeLog } from './change-log.ts';
import type { ClockSteps } from './clock-steps.ts';
import type { Events } from './events.ts';
import type { NoteEvents } from './note-events.ts';
import { createPaced } from './paced.ts';
import type { Presence } from './presence.ts';
import type { Recorder } from './recorder.ts';
import { isAlarming, type News } from './suspicion.ts';
import type { Timers } from './timers.ts';

export interface MainLoopDeps {
  readonly brain: Brain;
  readonly clock: WallTime;
  readonly clockSteps: ClockSteps;
  readonly recorder: Recorder;
  readonly changeLog: ChangeLog;
  readonly presence: Presence;
  readonly news: News;
  readonly notes: NoteEvents;
  readonly events: Events | null;
  readonly timers: Timers;
  /** Starts the next poll earlier than the interval. */
  pollSoon(): void;
  onDiagnosis?(diagnosis: Diagnosis): void;
}

export interface MainLoop extends Pick<AgentSink, 'signals' | 'samples'> {
  diagnosis(): Diagnosis | null;
  finish(): void;
}

export function createMainLoop(deps: MainLoopDeps): MainLoop {
  const { brain, clock, clockSteps, recorder, changeLog, presence, news, notes, events } = deps;
  let latest: Diagnosis | null = null;
  const concluding = createPaced(conclude, { afterMs: 200, againMs: 1_000 }, deps.timers.ticker);

  function conclude(): void {
    clockSteps.take();
    recorder.flush();
    const now = clock.now();
    const waiting = presence.waiting(brain.evidence(now));
    const { diagnosis, changes } = waiting === null ? brain.tick(now) : { diagnosis: waiting, changes: null };
    latest = diagnosis;
    if (changes !== null) changeLog.record(changes);
    news.concluded(diagnosis);
    notes.concluded(diagnosis);
    deps.onDiagnosis?.(diagnosis);
  }

  return {
    signals(seen) {
      const signals = seen.map(clockSteps.placedSignal);
      for (const signal of signals) {
        brain.addSignal(signal);
        events?.signal(signal);
      }
      recorder.signals(signals);
      if (!signals.some(isAlarming)) return;
      concluding.ask();
      deps.pollSoon();
    },
    samples(seen) {
      for (const sample of recorder.samples(seen.map(clockSteps.placedSample))) {
        brain.addSample(sample);
        events?.sample(sample);
      }
      concluding.run();
    },
    diagnosis: () => latest,
    finish: concluding.finish,
  };
}
