/** When a round of probes runs, and for how long each probe may take. The timers are turned by hand. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { silentLogger } from '../../src/core/logger.ts';
import type { ProbeId, Sample } from '../../src/core/sample.ts';
import { probesConfig } from '../../src/probe/config.ts';
import type { ProbeTarget } from '../../src/probe/probe.ts';
import { loadSampleKinds } from '../../src/service/load-probes.ts';
import { createProbeLoop, type ProbeLoopDeps } from '../../src/service/probe-loop.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

type AnyProbe = ProbeLoopDeps['probes'][number];

const kinds = new Map((await loadSampleKinds()).map((kind) => [kind.id, kind]));

/** Answers only when its time is over. */
function hanging(id: ProbeId): AnyProbe {
  const failed = { probe: id, at: 0, ok: false, reason: 'timeout', detail: '' } as Sample;
  const run = (_target: ProbeTarget, signal: AbortSignal): Promise<Sample> =>
    new Promise((resolve) => signal.addEventListener('abort', () => resolve(failed)));
  return { id, sample: kinds.get(id), run } as AnyProbe;
}

function loop(probes: readonly AnyProbe[], over: Partial<ProbeLoopDeps> = {}) {
  const rounds: (readonly Sample[])[] = [];
  const made = createProbeLoop({
    probes,
    config: probesConfig.parse({ timeoutMs: 1000 }),
    logger: silentLogger,
    target: () => ({ masterPid: 1, settings: null, statusUrl: null, statusHostHeader: null }),
    suspicious: () => false,
    onRound: (samples) => void rounds.push(samples),
    ...over,
  });
  return { ...made, rounds };
}

async function timeTaken(id: ProbeId): Promise<number> {
  const { runOnce } = loop([hanging(id)]);
  const began = performance.now();
  const ended = runOnce().then(() => performance.now());
  await vi.advanceTimersByTimeAsync(10_000);
  return (await ended) - began;
}

it('gives probes of /proc and of the socket tables three times the time of the others', async () => {
  for (const id of ['workers', 'fds', 'slots', 'sockets', 'listeners', 'kernel'] as const)
    expect([id, await timeTaken(id)]).toEqual([id, 3000]);
  for (const id of ['stub-status', 'system'] as const) expect([id, await timeTaken(id)]).toEqual([id, 1000]);
});
