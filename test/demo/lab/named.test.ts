/**
 * The built service next to a real nginx: each cause of the main job is produced and named, and no other one; harmless
 * events open no incident. `npm run lab` does this with every scenario in full length.
 */
import { describe, expect, it } from 'vitest';
import { loadScenario } from '../../../src/demo/lab/catalogue.ts';
import { findNginxBinary } from '../../../src/demo/lab/nginx-binary.ts';
import { runScenario } from '../../../src/demo/lab/run-scenario.ts';
import { type Score, score } from './score.ts';
import { type WatchedEvent, Watcher } from './watcher.ts';

const binary = await findNginxBinary(process.env.PATH ?? '');

interface Watched {
  readonly score: Score;
  readonly events: readonly WatchedEvent[];
}

/** Ends when `enough` accepts the service's events, else after `seconds`. */
async function watch(
  id: string,
  seconds: number,
  enough: (events: readonly WatchedEvent[]) => boolean,
): Promise<Watched> {
  const scenario = await loadScenario(id);
  const done = new AbortController();
  const watchers: Watcher[] = [];
  let watched: Watched | null = null;
  try {
    await runScenario(scenario, {
      binary,
      signal: done.signal,
      baselineSeconds: 2,
      faultSeconds: seconds,
      async onReady(lab) {
        const watcher = await Watcher.start(lab);
        watchers.push(watcher);
        lab.every(200, () => {
          if (enough(watcher.events)) done.abort();
        });
      },
      onClosing(_lab, result) {
        const events = watchers.flatMap((watcher) => watcher.events);
        watched = { score: score(scenario.expected, result, events), events };
      },
    });
  } finally {
    await Promise.all(watchers.map((watcher) => watcher.stop()));
  }
  if (watched === null) throw new Error('the run was never judged');
  return watched;
}

/** Scenario → cause, and the seconds within which it must be named. */
const CAUSES = [
  ['slow-upstream-fast', 'slow-upstream', 25],
  ['slow-clients', 'slow-clients', 30],
  ['keepalive-pileup-warn', 'keepalive-pileup', 40],
  ['slot-capacity', 'slot-capacity', 25],
  ['fd-exhaustion', 'fd-exhaustion', 25],
  ['accept-queue-overflow', 'accept-queue-overflow', 25],
  ['upstream-down', 'upstream-down', 20],
] as const;

describe('the service names', () => {
  it.each(CAUSES)('%s: %s', { timeout: 90_000 }, async (id, cause, seconds) => {
    const names = (event: WatchedEvent): boolean => event.incident?.cause === cause;
    const run = await watch(id, seconds, (events) => events.some(names));
    expect(run.score.named).toContain(cause);
    expect(run.score).toMatchObject({ verdict: 'right', ok: true });
  });
});

/** Scenario → seconds to stay quiet, and the expected note. */
const QUIET = [
  ['quiet-idle', 5, null],
  // The reload comes after 12 s; the note follows with the next poll, at most 5 s later.
  ['quiet-reload', 21, 'reload'],
  ['quiet-rotation', 9, null],
  ['quiet-copytruncate', 9, null],
  ['quiet-static-gap', 6, 'static-gap'],
  ['quiet-burst', 6, null],
] as const;

describe('the service opens no incident', () => {
  it.each(QUIET)('in %s for %i s', { timeout: 60_000 }, async (id, seconds, note) => {
    const { score: quiet, events } = await watch(id, seconds, () => false);
    expect(quiet).toMatchObject({ verdict: 'right', named: [] });
    const samples = events.filter((event) => event.type === 'sample' && event.probe === 'slots' && event.ok === true);
    expect(samples.length).toBeGreaterThanOrEqual(2);
    if (note !== null) expect(events.filter(({ type }) => type === 'note').map(({ cause }) => cause)).toContain(note);
  });
});
