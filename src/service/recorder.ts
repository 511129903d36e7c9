/**
 * What the agent sees, into the store: the journal for bundles, series and latencies for the digest. Lines wait for the
 * next flush, because a transaction for each handful of lines costs more than the lines; a kill loses those of the last
 * seconds from the journal, and no incident.
 */
import type { Sample } from '../core/sample.ts';
import type { Signal } from '../core/signal.ts';
import { createMeter } from '../digest/meter.ts';
import type { Store } from '../store/store.ts';
import type { TryToStore } from './try-to-store.ts';

export interface Recorder {
  signals(signals: readonly Signal[]): void;
  /** One round of probes; what waits is written with it. Answers the samples without what only the digest takes. */
  samples(samples: readonly Sample[]): readonly Sample[];
  flush(): void;
}

export interface RecorderDeps {
  readonly store: Pick<Store, 'journal' | 'series' | 'latencies'>;
  readonly tryToStore: TryToStore;
}

/** More lines than this do not wait. */
const MOST_WAITING = 256;

/** The counts go to the digest alone: in windows, journal and event stream they would weigh more than all the rest. */
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
