/**
 * The service on a machine whose wall clock is set while it runs. nginx's lines carry the machine's clock, probes the
 * service's clock. Incidents must open, recover and resolve after the time that really passed.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configSchema } from '../../src/config/schema.ts';
import { createSteadyClock } from '../../src/core/clock.ts';
import type { IncidentChange } from '../../src/core/incident.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { Signal } from '../../src/core/signal.ts';
import { demoAgent } from '../../src/demo/demo-host.ts';
import type { AgentSink } from '../../src/service/agent.ts';
import { createService, type Service } from '../../src/service/service.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { SCRIPTED_CAUSES } from '../slack/support/scripted-nginx.ts';
import { PARTS } from '../support/parts.ts';

const START = Date.UTC(2026, 0, 1, 12);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const LIMIT = 512;
const WORKERS = [1, 2];

class Machine {
  mono = 0;
  steppedMs = 0;
  readonly changes: IncidentChange[] = [];
  /** What happened, by seconds that really passed: `12 opened slot-capacity`. */
  readonly story: string[] = [];
  readonly clock = createSteadyClock({ now: () => this.wall, monotonicMs: () => this.mono });
  readonly service: Service;
  readonly store: Store = openStore(':memory:');
  #sink: AgentSink | null = null;

  constructor() {
    this.service = createService({
      config: configSchema.parse({}),
      host: 'web-1',
      store: this.store,
      ...PARTS,
      causes: SCRIPTED_CAUSES,
      clock: this.clock,
      logger: silentLogger,
      events: null,
      makeAgent: (options) => {
        this.#sink = options.sink;
        return demoAgent(options.sink, START, [10]);
      },
      onChange: (change) => {
        const { kind, text, incident } = change;
        this.changes.push(change);
        this.story.push(`${this.mono / 1000} ${kind} ${incident.cause} ${incident.severity} ${text}`);
      },
    });
  }

  get wall(): number {
    return START + this.mono + this.steppedMs;
  }

  /** One second of a failing or healthy nginx; the steps come before its lines, between lines and probes, and after. */
  second(ill: boolean, steps: readonly number[] = []): void {
    this.mono += 1_000;
    this.steppedMs += steps[0] ?? 0;
    if (ill) this.#sink?.signals([refusals(Math.floor(this.wall / 1000) * 1000)]);
    this.steppedMs += steps[1] ?? 0;
    this.#sample(ill);
    this.steppedMs += steps[2] ?? 0;
  }

  close(): this {
    this.store.close();
    return this;
  }

  #sample(ill: boolean): void {
    const at = this.clock.now();
    const workers = WORKERS.map((pid) => ({ pid, used: ill ? LIMIT : 20, limit: LIMIT, method: 'exact' as const }));
    const startedAtMs = START - HOUR + this.clock.movedMs();
    const worker = { kind: 'worker', generation: 'current', state: 'S', cpuRatio: 0, residentBytes: 0 } as const;
    const processes = WORKERS.map((pid) => ({ ...worker, pid, startedAtMs }));
    this.#sink?.samples([
      { probe: 'workers', at, ok: true, data: { masterPid: 9, masterStartedAtMs: startedAtMs, processes } },
      { probe: 'slots', at, ok: true, data: { workers, old: [] } },
    ]);
  }
}

function refusals(at: number): Signal {
  const said = { pattern: 'worker-connections', line: `${LIMIT} worker_connections are not enough`, captures: {} };
  return { ...said, at, timed: true, source: 'error.log', level: 'alert', pid: 1, connection: null, count: 3 };
}

interface Stretch {
  readonly seconds: number;
  readonly ill: boolean;
  readonly snooze: boolean;
}
type Steps = ReadonlyMap<number, readonly number[]>;

function live(stretches: readonly Stretch[], steps: Steps = new Map()): Machine {
  const machine = new Machine();
  let second = 0;
  for (const { seconds, ill, snooze } of stretches) {
    for (let i = 0; i < seconds; i++) machine.second(ill, steps.get(second++));
    const [open] = machine.service.openIncidents();
    const at = machine.clock.now();
    if (snooze && open !== undefined)
      machine.service.intent({ kind: 'snooze', incidentId: open.id, by: 'U1', at, forMs: 20_000 });
  }
  return machine.close();
}

const ILL_THEN_WELL: readonly Stretch[] = [
  { seconds: 10, ill: false, snooze: false },
  { seconds: 20, ill: true, snooze: false },
  { seconds: 120, ill: false, snooze: false },
];

describe('a step of the wall clock', () => {
  it.each([-DAY, -HOUR, -3_000, 3_000, HOUR, DAY])(
    'by %i ms neither opens, nor freezes, nor ends an incident',
    (by) => {
      const { story } = live(ILL_THEN_WELL);
      const kinds = story.map((line) => line.split(' ')[1]);
      expect([kinds[0], kinds.at(-1)]).toEqual(['opened', 'resolved']);
      expect(kinds).toContain('recovering');
      for (const second of [5, 12, 29, 40, 70, 85])
        expect(live(ILL_THEN_WELL, new Map([[second, [by]]])).story).toEqual(story);
    },
  );

  it('changes no message, whenever and however often it happens', () => {
    const stretch = fc.record({ seconds: fc.integer({ min: 1, max: 70 }), ill: fc.boolean(), snooze: fc.boolean() });
    const by = fc.constantFrom(0, 0, -DAY, -HOUR, -60_000, -2_000, 2_000, 60_000, HOUR, DAY);
    const step = fc.tuple(fc.nat(300), fc.tuple(by, by, by));
    fc.assert(
      fc.property(fc.array(stretch, { maxLength: 6 }), fc.array(step, { maxLength: 5 }), (stretches, steps) => {
        expect(live(stretches, new Map(steps)).story).toEqual(live(stretches).story);
      }),
      { numRuns: 60, seed: 20261121 },
    );
  }, 120_000);

  it('shows the times of the new clock', () => {
    const before = live(ILL_THEN_WELL);
    const machine = live(ILL_THEN_WELL, new Map([[25, [HOUR]]]));
    const [first, last] = [machine.changes[0], machine.changes.at(-1)];
    const openedAt = before.changes[0]?.incident.openedAt ?? 0;
    expect(first?.incident.openedAt).toBe(openedAt);
    expect(last?.incident).toMatchObject({ openedAt: openedAt + HOUR, resolvedAt: last?.at });
    expect(last?.incident.diagnosis.asOf).toMatch(/^2026-01-01T13:0/);
  });

  it('loses no sample of the window and confuses no two masters', () => {
    const machine = new Machine();
    for (let i = 0; i < 60; i++) machine.second(false, i === 30 ? [-DAY] : i === 45 ? [HOUR, 500] : []);
    const { history } = machine.service.evidence();
    expect(history.slots).toHaveLength(60);
    const times = history.slots?.map(({ at }) => at) ?? [];
    expect(times.slice(1).map((at, i) => at - (times[i] ?? 0))).toEqual(Array(59).fill(1_000));
    const starts = (history.workers ?? []).flatMap((sample) => (sample.ok ? [sample.data.masterStartedAtMs] : []));
    expect(new Set(starts).size).toBe(1);
    machine.close();
  });

  it('shifts the journal, waiting messages and mutes', () => {
    const machine = new Machine();
    for (let i = 0; i < 5; i++) machine.second(true);
    machine.store.facts.set('mute:*:*', { host: null, cause: null, until: machine.clock.now() + HOUR });
    const before = machine.store.journal.samples(0).map(({ at }) => at);
    const lines = machine.store.journal.signals(0).map(({ at }) => at);
    machine.second(false, [DAY]);
    const samples = machine.store.journal.samples(0).slice(0, before.length);
    expect(samples.map(({ at }) => at)).toEqual(before.map((at) => at + DAY));
    expect(machine.store.journal.signals(0).map(({ at }) => at)).toEqual(lines.map((at) => at + DAY));
    expect(machine.store.facts.get('mute:*:*')).toMatchObject({ until: machine.clock.now() + HOUR - 1_000 });
    machine.close();
  });

  it('before the lines are read places no loss in the future', () => {
    const machine = new Machine();
    for (let i = 0; i < 10; i++) machine.second(false);
    machine.second(true, [0, -HOUR]);
    for (let i = 0; i < 20; i++) machine.second(false);
    const lastAt = machine.service.evidence().signals.get('worker-connections')?.lastAt ?? machine.clock.now();
    expect(lastAt).toBeLessThanOrEqual(machine.clock.now());
    for (let i = 0; i < 90; i++) machine.second(false);
    const opened = machine.story.filter((line) => line.includes('opened'));
    machine.mono += HOUR;
    for (let i = 0; i < 20; i++) machine.second(false);
    expect(machine.story.filter((line) => line.includes('opened'))).toEqual(opened);
    machine.close();
  });
});
