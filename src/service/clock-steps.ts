/**
 * Detects steps of the wall clock (by an administrator, NTP or a resumed machine) and shifts all remembered times by
 * the same amount, so that durations stay correct.
 */
import type { SteadyClock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import { movedSample, type Sample } from '../core/sample.ts';
import type { Signal } from '../core/signal.ts';
import type { Store } from '../store/store.ts';
import type { Brain } from './brain.ts';
import type { ChangeLog } from './change-log.ts';
import { moveStored } from './move-stored.ts';
import type { Recorder } from './recorder.ts';
import type { TryToStore } from './try-to-store.ts';

export interface ClockStepsDeps {
  readonly clock: SteadyClock;
  readonly brain: Pick<Brain, 'move'>;
  readonly recorder: Pick<Recorder, 'flush'>;
  readonly changeLog: Pick<ChangeLog, 'move'>;
  readonly store: Store;
  readonly tryToStore: TryToStore;
  readonly logger: Logger;
}

export interface ClockSteps {
  /** Shifts everything that remembers times, in one turn. */
  take(): void;
  /** The signal with its time on the current clock. The time is never in the future. */
  placedSignal(signal: Signal): Signal;
  placedSample(sample: Sample): Sample;
}

export function createClockSteps(deps: ClockStepsDeps): ClockSteps {
  const { clock, brain, recorder, changeLog, store, tryToStore, logger } = deps;
  return {
    take() {
      const byMs = clock.takeStep();
      if (byMs === 0) return;
      recorder.flush();
      brain.move(byMs);
      changeLog.move(byMs);
      tryToStore(() => moveStored(store, byMs));
      logger.warn({ byMs }, 'wall clock stepped, remembered times shifted');
    },
    placedSignal(signal) {
      const at = Math.min(clock.placed(signal.at), clock.now());
      return at === signal.at ? signal : { ...signal, at };
    },
    placedSample: (sample) => movedSample(sample, clock.placed(sample.at) - sample.at),
  };
}
