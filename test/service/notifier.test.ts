/** Each message, edit and note that goes to Slack is logged with its reason. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Incident, IncidentChange } from '../../src/core/incident.ts';
import type { Logger } from '../../src/core/logger.ts';
import { createNotifier } from '../../src/service/notifier.ts';
import type { Timers } from '../../src/service/timers.ts';
import { parentKey } from '../../src/slack/announce.ts';
import { change, diagnosis, incident, NOW } from '../slack/support/incident.ts';
import { clockAt } from '../support/clock-at.ts';

let logged: { readonly message: string; readonly [field: string]: unknown }[] = [];
let works = new Map<string, () => unknown>();
let isMuted = false;
let posted: ReadonlySet<string> = new Set();
let open: Incident[] = [];

const keep = (fields: object, message: string): void => void logged.push({ ...fields, message });
const logger: Logger = { debug: keep, info: keep, warn: keep, error: keep };

function notifier() {
  const start = (_ms: number, what: string, work: () => unknown) => {
    works.set(what, work);
    return () => {};
  };
  const timers = { every: start, later: start } as unknown as Timers;
  const entry = { key: '' } as never;
  const made = createNotifier({
    slack: { notify: () => true, refresh: () => {}, remind: () => {}, illustrate: async () => {} },
    service: {
      openIncidents: () => open,
      diagnosis: () => diagnosis(),
    },
    store: { outbox: { get: (key: string) => (posted.has(key) ? entry : null) } as never, incidents: {} as never },
    mutes: { of: () => (isMuted ? ({} as never) : null) },
    pictures: { incident: async () => ({ png: null }) as never },
    timers,
    clock: clockAt(() => NOW),
    logger,
  });
  made.start();
  return made;
}

const newest = () => logged.at(-1);

beforeEach(() => {
  logged = [];
  works = new Map();
  isMuted = false;
  posted = new Set([parentKey(incident().id)]);
  open = [incident()];
});

describe('what goes to Slack is logged with its reason', () => {
  it.each([
    ['opened', true, 'clients are being lost'],
    ['worse', true, 'it got worse, which also ends a snooze'],
    ['acknowledged', false, 'acknowledged is no call for action'],
    ['resolved', true, 'it is resolved'],
  ] as const)('a change that is %s', (kind: IncidentChange['kind'], notify, because) => {
    notifier().announce(change(kind));
    expect(newest()).toMatchObject({ incident: incident().id, change: kind, notify, because });
  });

  it('a change that is held back', () => {
    posted = new Set();
    isMuted = true;
    notifier().announce(change('opened'));
    expect(newest()).toMatchObject({
      because: 'the incident is muted',
      message: 'incident change held back from Slack',
    });
  });

  it('an edit with newer figures', () => {
    notifier();
    works.get('refreshing incidents')?.();
    expect(newest()).toMatchObject({ because: 'its figures changed', message: 'incident message edited' });
  });

  it('an edit with the picture', async () => {
    notifier().announce(change('worse'));
    await works.get('drawing an incident')?.();
    expect(newest()).toMatchObject({ because: 'the picture is ready', message: 'incident message edited' });
  });

  it('a reminder', () => {
    open = [incident({ acknowledgedBy: 'U0ANA', acknowledgedAt: NOW - 3_600_000, state: 'acknowledged' })];
    notifier();
    works.get('reminding')?.();
    expect(newest()).toMatchObject({ because: 'acknowledged, but still critical' });
  });
});
