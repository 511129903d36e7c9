/**
 * Writes observations to the store: the journal for bundles, series and latencies for the digest. Batches lines until
 * the next flush, because small transactions are expensive. A kill loses the journal lines of the last seconds, but no
 * incident.
 */
import type { Sample } from '../core/sample.ts';
import type { Signal } from '../core/signal.ts';
import { createMeter } from '../digest/meter.ts';
import type { Store } from '../store/store.ts';
import type { TryToStore } from './try-to-store.ts';

export interface Recorder {
  signals(signals: readonly Signal[]): void;
  /** Writes one poll and all waiting lines. Returns the samples without the counts that only the digest needs. */
  samples(samples: readonly Sample[]): readonly Sample[];
  flush(): void;
}

export interface RecorderDeps {
  readonly store: Pick<Store, 'journal' | 'series' | 'latencies'>;
  readonly tryToStore: TryToStore;
}

/** More waiting lines than this are written at once. */
const MOST_WAITING = 256;

/** Only the digest needs the counts. In windows, journal and event stream they would outweigh all other data. */
function withoutCounts(sample: Sample): Sample {
  if (sample.probe !== 'access' || !sample.ok) return sample;
  const upstreams = sample.data.upstreams.map(({ responseCounts: _, ...upstream }) => upstream);
  return { ...sample, data: { ...sample.data, upstreams } };
}

export function createRecorder({ store, tryToStore }: RecorderDeps): Recorder {
  const meter = createMeter();
  let waiting: Signal[] = [];

  const write = (signals: readonly Signal[], samples: readonly Sample[], slim: readonly Sample[]): void => {
    for (const signal of signals) store.journal.addSignal(signal);
    store.series.add(meter.signals(signals));
    for (const sample of slim) store.journal.addSample(sample);
    store.series.add(slim.flatMap((sample) => meter.sample(sample)));
    for (const sample of samples) {
      if (sample.probe !== 'access' || !sample.ok) continue;
      const peers = sample.data.upstreams.flatMap(({ peer, responseCounts: counts }) =>
        counts === undefined ? [] : [{ peer, counts }],
      );
      store.latencies.add(sample.at, peers);
    }
  };

  const record = (samples: readonly Sample[], slim: readonly Sample[]): void => {
    const signals = waiting;
    waiting = [];
    if (signals.length + samples.length > 0) tryToStore(() => write(signals, samples, slim));
  };

  return {
    signals(signals) {
      for (const signal of signals) waiting.push(signal);
      if (waiting.length > MOST_WAITING) record([], []);
    },
    samples(samples) {
      const slim = samples.map(withoutCounts);
      record(samples, slim);
      return slim;
    },
    flush: () => record([], []),
  };
}
