/** One incident's life through the whole service: every message, reply and view as Slack receives it. */
import { describe, expect, it, vi } from 'vitest';
import { loadMeanings } from '../../src/service/load-meanings.ts';
import { digestOf } from '../../src/service/reports/digest-report.ts';
import { type LifeRig, lifeRig } from './support/life-rig.ts';
import { CHANNEL } from './support/rig.ts';

const ANA = 'U0LOCALANA';
const BEN = 'U0LOCALBEN';

const parents = ({ bench }: LifeRig) =>
  bench.messages(CHANNEL).filter(({ thread_ts, ts }) => thread_ts === undefined || thread_ts === ts);
const whispers = ({ bench }: LifeRig, user: string) =>
  bench.ephemerals(CHANNEL).filter(({ visible_to }) => visible_to === user);

async function shows(name: string, what: unknown): Promise<void> {
  // Slack's ids, and which of two pictures exists already, depend on the moment.
  const steady = (key: string, value: unknown): unknown => {
    if (key === 'block_id' && !/^inc-/.test(String(value))) return undefined;
    if (key === 'id' && /^F0/.test(String(value))) return 'F…';
    if (key === 'alt_text') return String(value).slice(0, 41);
    // Each delivery advances the clock by two milliseconds, so the minute is replaced.
    return typeof value === 'string' ? value.replaceAll(/<!date\^\d+\^/g, '<!date^…^') : value;
  };
  await expect(`${JSON.stringify(what, steady, 1)}\n`).toMatchFileSnapshot(`fixtures/life-${name}.json`);
}

/** The message without the parts that depend on the run. */
async function messageIs(life: LifeRig, name: string): Promise<void> {
  expect(parents(life)).toHaveLength(1);
  const { text, blocks, metadata } = parents(life)[0] ?? {};
  await shows(name, { text, blocks, metadata });
}

const DIGEST = { host: 'web-1', timezone: 'UTC', retentionDays: 30, lastMs: 3_600_000 };
const CALM = { slots: [100, 90] } as const;
const FILLING = { slots: [430, 120] } as const;
const FULL = { slots: [512, 130], refused: 4 } as const;
const SLOW = { slots: [512, 512], refused: 12, slowAnswers: 3 } as const;

async function opened(life: LifeRig): Promise<string> {
  await life.play(20, CALM);
  await life.play(5, FILLING);
  return parents(life)[0]?.ts ?? '';
}

/** A critical incident acknowledged by Ana; `reminders` counts those in its thread. */
async function taken() {
  const life = await lifeRig();
  const { bench } = life;
  const ts = await opened(life);
  await life.play(3, FULL);
  await bench.click({ actionId: 'incident_ack', channel: CHANNEL, ts });
  await vi.waitFor(() => expect(whispers(life, ANA)).toHaveLength(1));
  const reminders = () => JSON.stringify(bench.thread(CHANNEL, ts)).split(`<@${ANA}> still critical`).length - 1;
  return { life, ts, reminders };
}

describe('an incident, from its first second to its last', () => {
  it('is one message with the current state and a thread with the history', async () => {
    const life = await lifeRig();
    const { bench, store } = life;
    await bench.openHome();
    const ts = await opened(life);
    const press = (actionId: string, user = ANA) => bench.click({ actionId, channel: CHANNEL, ts, user });
    await bench.until(() => JSON.stringify(parents(life)[0]?.blocks).includes('slack_file'), 30_000);
    await life.settled();
    await messageIs(life, '1-opened');

    await life.play(4, FULL);
    await messageIs(life, '2-worse');

    // Slack refuses edits now, so Ben still sees the button that Ana has pressed. For a minute Slack accepts one edit
    // in 1.2 s.
    bench.faults.add({ method: 'chat.update', kind: 'rate-limited', retryAfterSeconds: 1 });
    expect((await press('incident_ack')).ok).toBe(true);
    await vi.waitFor(() => expect(whispers(life, ANA)).toHaveLength(1));
    await press('incident_ack', BEN);
    await vi.waitFor(() => expect(whispers(life, BEN)).toHaveLength(1));
    expect(JSON.stringify(whispers(life, BEN)[0]?.blocks)).toContain(`Already acknowledged by <@${ANA}>`);
    await life.settledAfter(1_000);
    await messageIs(life, '3-acknowledged');

    await life.play(8, SLOW);
    await messageIs(life, '4-cause-changed');

    await press('incident_evidence');
    await vi.waitFor(() => expect(JSON.stringify(bench.view())).toContain('From the logs'));
    const modal = bench.view();
    await shows('5-evidence', { title: modal?.title, blocks: modal?.blocks });
    expect(JSON.stringify(modal)).not.toMatch(/hunter2|203\.0\.113\.7[78]/);

    await life.play(2, { slots: [300, 200] });
    await press('incident_recheck');
    await vi.waitFor(() => expect(whispers(life, ANA)).toHaveLength(2));
    const recheck = JSON.stringify(whispers(life, ANA)[1]?.blocks);
    expect(recheck).toMatch(/Changed since .*losing: \S+ per second → \S+ per second/);
    expect(recheck).toMatch(/slots, still critical: [^"]*512 → 300 of 512/);

    await life.play(2, SLOW);
    await press('incident_unack');
    await vi.waitFor(() => expect(whispers(life, ANA)).toHaveLength(3));
    await life.settledAfter(1_200);
    await press('incident_ack');
    await vi.waitFor(() => expect(whispers(life, ANA)).toHaveLength(4));
    await life.settledAfter(1_200);
    const [snooze] = /inc-[\w-]+\|\d+\|15/.exec(JSON.stringify(parents(life)[0]?.blocks)) ?? [''];
    await bench.click({ actionId: 'incident_snooze', channel: CHANNEL, ts, user: ANA, choice: snooze });
    await vi.waitFor(() => expect(whispers(life, ANA)).toHaveLength(5));
    expect(JSON.stringify(whispers(life, ANA)[4]?.blocks)).toContain('for 15 min');
    await life.settledAfter(1_200);
    await messageIs(life, '6-snoozed');

    await life.play(100, CALM);
    await messageIs(life, '7-resolved');
    await shows(
      '8-thread',
      bench
        .thread(CHANNEL, ts)
        .slice(1)
        .flatMap(({ blocks }) => blocks),
    );
    await vi.waitFor(() => {
      life.jump(10_000);
      life.standalone.slack?.tick();
      expect(JSON.stringify(bench.home()?.blocks)).toContain('No open incident.');
    });

    const rows = store.actions.since(0).map(({ who, what, answer }) => `${who} ${what}: ${answer}`);
    expect(rows.filter((row) => row.includes('incident_ack'))).toEqual([
      `${ANA} incident_ack: Acknowledged by ${ANA}.`,
      `${BEN} incident_ack: Already acknowledged by ${ANA}, 0 s ago.`,
      `${ANA} incident_ack: Acknowledged by ${ANA}.`,
    ]);
    const digest = digestOf(store, { ...DIGEST, meanings: loadMeanings([]), now: Date.parse('2026-11-21T12:10:00Z') });
    expect(digest.report.lines.join('\n')).toContain('acknowledged by ana.');
    expect(rows.map((row) => row.split(' ')[1]?.replace(':', ''))).toEqual([
      'incident_ack',
      'incident_ack',
      'incident_evidence',
      'incident_recheck',
      'incident_unack',
      'incident_ack',
      'incident_snooze',
    ]);
  }, 90_000);

  it('reminds its owner after 15 minutes while it is critical, once for each acknowledgement', async () => {
    const { life, reminders } = await taken();
    life.minute();
    await life.settled();
    expect(reminders()).toBe(0);
    for (let quarter = 0; quarter < 2; quarter++) {
      life.jump(16 * 60_000);
      await life.play(1, FULL);
      life.minute();
      await life.settled();
      expect(reminders()).toBe(1);
    }
  });
});

describe('an open incident', () => {
  it('does not remind its owner while it is snoozed', async () => {
    const { life, ts, reminders } = await taken();
    const { bench } = life;
    await life.settled();
    const [snooze] = /inc-[\w-]+\|\d+\|60/.exec(JSON.stringify(parents(life)[0]?.blocks)) ?? [''];
    await bench.click({ actionId: 'incident_snooze', channel: CHANNEL, ts, choice: snooze });
    await vi.waitFor(() => expect(whispers(life, ANA)).toHaveLength(2));
    life.jump(16 * 60_000);
    await life.play(1, FULL);
    life.minute();
    await life.settled();
    expect(reminders()).toBe(0);
    life.jump(50 * 60_000);
    await life.play(1, FULL);
    life.minute();
    await life.settled();
    expect(reminders()).toBe(1);
  });

  it('shows its newest figures every minute in the message and the App Home, without a thread note', async () => {
    const life = await lifeRig();
    const { bench } = life;
    await bench.openHome();
    const ts = await opened(life);
    await life.play(4, FULL);
    const [message, home, replies] = [parents(life)[0]?.text, bench.home()?.blocks, bench.thread(CHANNEL, ts).length];
    await life.play(30, FULL);
    life.minute();
    await life.settled();
    expect(JSON.stringify(parents(life)[0]?.blocks)).toMatch(
      /per second: connections reset by a full worker; 136 in all/,
    );
    expect(parents(life)[0]?.text).toBe(message);
    expect(bench.thread(CHANNEL, ts)).toHaveLength(replies);
    await vi.waitFor(() => {
      life.jump(10_000);
      life.standalone.slack?.tick();
      expect(JSON.stringify(bench.home()?.blocks)).toContain('136 in all');
    });
    expect(bench.home()?.blocks).not.toEqual(home);
  });
});

describe('an incident of the last three minutes', () => {
  const shown = (life: LifeRig) => JSON.stringify(parents(life).map(({ blocks }) => blocks));
  const tenSeconds = async (life: LifeRig) => {
    life.repeat(10_000);
    await life.settled();
  };

  it('shows its newest figures every ten seconds, then every minute', async () => {
    const life = await lifeRig();
    await opened(life);
    await life.play(4, FULL);
    await life.play(10, FULL);
    expect(shown(life)).not.toContain('56 in all');
    await tenSeconds(life);
    expect(shown(life)).toContain('; 56 in all');
    life.jump(180_000);
    await life.play(1, FULL);
    const before = shown(life);
    await tenSeconds(life);
    expect(shown(life)).toBe(before);
    life.minute();
    await life.settled();
    expect(shown(life)).toContain('; 60 in all');
  });

  it('among others is refreshed once a minute, because edits share one rate limit', async () => {
    const life = await lifeRig();
    await opened(life);
    await life.play(4, FULL);
    const [only] = life.standalone.service.openIncidents();
    vi.spyOn(life.standalone.service, 'openIncidents').mockReturnValue(only === undefined ? [] : [only, only]);
    await life.play(10, FULL);
    await tenSeconds(life);
    expect(shown(life)).not.toContain('56 in all');
  });
});

describe('while a mute holds', () => {
  it('posts no new incident, shows the mute, and posts the incident after the mute, also after a restart', async () => {
    const life = await lifeRig();
    const { bench, store } = life;
    await bench.sendCommand('/nginx-status mute 1h slot-capacity kernel upgrade');
    await vi.waitFor(() => expect(whispers(life, ANA)).toHaveLength(1));
    await life.play(5, FILLING);
    await life.play(3, FULL);
    expect(store.incidents.open()).toHaveLength(1);
    expect(parents(life)).toEqual([]);
    await bench.sendCommand('/nginx-status');
    await vi.waitFor(() => expect(whispers(life, ANA)).toHaveLength(2));
    expect(JSON.stringify(whispers(life, ANA)[1]?.blocks)).toMatch(
      /Muted: slot-capacity on all hosts until <!date[^>]+> by <@U0LOCALANA>: kernel upgrade/,
    );
    await life.standalone.stop();
    const again = await lifeRig({ bench, store, at: Date.parse('2026-11-21T12:30:00Z') });
    await again.play(2, FULL);
    again.minute();
    await again.settled();
    expect(parents(again)).toEqual([]);
    again.jump(31 * 60_000);
    await again.play(2, FULL);
    again.minute();
    await again.settled();
    expect(parents(again)).toHaveLength(1);
    expect(bench.thread(CHANNEL, parents(again)[0]?.ts ?? '')[1]?.text).toContain('it was muted');
  });

  it('does the same for a maintenance window of the config', async () => {
    const maintenance = [{ cron: '0 12 * * *', duration: '10m', host: 'web-*', reason: 'nightly import' }];
    const life = await lifeRig({ config: { maintenance } });
    await life.play(5, FILLING);
    expect(life.store.incidents.open()).toHaveLength(1);
    expect(parents(life)).toEqual([]);
    await life.bench.openHome();
    await vi.waitFor(() => expect(JSON.stringify(life.bench.home()?.blocks)).toContain('nightly import'));
    life.jump(11 * 60_000);
    await life.play(2, FILLING);
    life.minute();
    await life.settled();
    expect(parents(life)).toHaveLength(1);
  });
});

describe('/nginx-status, answered by the real ports', () => {
  it.each([
    ['', 'CRITICAL: web-1'],
    ['checks', 'Finding'],
    ['slots', 'The same from a shell'],
    ['slots web-*', 'slots on web-1'],
    ['why', 'Ruled out'],
    ['incidents', '1 open incident.'],
    ['digest 7d', 'Capacity digest: web-1'],
    ['audit', 'Capacity audit: web-1'],
    ['doctor', 'ok: Slack channel: C0INCIDENTS, the bot is in it'],
  ])('%j', async (words, expected) => {
    const life = await lifeRig();
    await opened(life);
    await life.play(3, FULL);
    await life.bench.sendCommand(`/nginx-status ${words}`);
    await vi.waitFor(() => expect(JSON.stringify(whispers(life, ANA)[0]?.blocks)).toContain(expected));
  });
});

describe('seen before', () => {
  it('counts incidents and names the person who resolved the last one', async () => {
    const life = await lifeRig({ config: { incidents: { handQuietMs: 0 } } });
    const ts = await opened(life);
    await life.bench.click({ actionId: 'incident_resolve', channel: CHANNEL, ts, user: BEN });
    await vi.waitFor(() => expect(parents(life)[0]?.text).toMatch(/^Resolved/));
    await life.play(30, CALM);
    await life.play(30, FILLING);
    expect(parents(life)).toHaveLength(2);
    expect(JSON.stringify(parents(life)[1]?.blocks)).toContain(
      `Seen before: once since 2026-11-21, last resolved by <@${BEN}>.`,
    );
  });
});
