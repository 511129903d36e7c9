import { describe, expect, it } from 'vitest';
import { createMutes } from '../../src/service/mutes.ts';
import type { Mute } from '../../src/slack/ports.ts';
import { openStore } from '../../src/store/store.ts';

function mutesOf(open: readonly Mute[] = []) {
  const store = openStore(':memory:');
  const clock = { at: 1_000 };
  return {
    clock,
    store,
    mutes: createMutes({ facts: store.facts, windows: { open: () => open }, now: () => clock.at }),
  };
}

const mute = (over: Partial<Mute> = {}): Mute => ({
  host: null,
  cause: null,
  until: 2_000,
  by: 'U0ANA',
  reason: null,
  ...over,
});
const incident = { host: 'web-1', cause: 'slow-upstream' };

describe('mutes', () => {
  it('silence the host or cause that they name, until they end', () => {
    const { mutes, clock } = mutesOf();
    mutes.set(mute({ cause: 'fd-leak' }));
    expect(mutes.of(incident)).toBeNull();
    mutes.set(mute({ host: 'web-*', cause: 'slow-upstream' }));
    expect(mutes.of(incident)).toMatchObject({ host: 'web-*' });
    expect(mutes.of({ ...incident, host: 'db-1' })).toBeNull();
    clock.at = 2_000;
    expect(mutes.list()).toEqual([]);
  });

  it('are ended by a mute with an end in the past', () => {
    const { mutes } = mutesOf();
    mutes.set(mute());
    mutes.set(mute({ until: 1_000 }));
    expect(mutes.of(incident)).toBeNull();
  });

  it('are listed with the open maintenance windows', () => {
    const window = mute({ by: 'the maintenance window 0 2 * * 6', host: 'web-1' });
    const { mutes } = mutesOf([window]);
    mutes.set(mute({ cause: 'fd-leak' }));
    expect(mutes.list()).toHaveLength(2);
    expect(mutes.of(incident)).toEqual(window);
  });
});
