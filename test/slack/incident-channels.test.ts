import { describe, expect, it, vi } from 'vitest';
import { channelName } from '../../src/slack/incident-channels.ts';
import { change, incident, NOW } from './support/incident.ts';
import { CHANNEL, type Rig, startedRig } from './support/rig.ts';

const ON = { incidentChannels: { enabled: true, users: ['U0LOCALBEN'], userGroups: ['S0ONCALL000'] } };
const made = ({ bench }: Rig) => bench.workspace.directory.channels.filter(({ name }) => name.startsWith('inc-nginx-'));

describe('the channel of an incident', () => {
  it('is not created unless the config asks for it', async () => {
    const rig = await startedRig();
    rig.slack.notify(change('opened'));
    await vi.waitFor(() => expect(rig.store.unsettled()).toEqual([]));
    expect(made(rig)).toEqual([]);
  });

  it('is created once, with people, links and the resolution', async () => {
    const rig = await startedRig({ config: ON });
    rig.slack.notify(change('opened'));
    rig.slack.notify(change('worse', { rev: 2 }));
    await rig.bench.until(() => made(rig)[0]?.invited?.length === 2);
    const [own] = made(rig);
    expect(own).toMatchObject({
      name: 'inc-nginx-slow-upstream-web-1-mi8zk0-1a2b',
      invited: ['U0LOCALBEN', 'U0LOCALANA'],
    });
    await rig.bench.until(() => JSON.stringify(rig.bench.messages(CHANNEL)[0]?.blocks).includes(`<#${own?.id}>`));
    await rig.bench.until(() => JSON.stringify(rig.bench.messages(own?.id)[0]?.blocks ?? '').includes(`<#${CHANNEL}>`));
    rig.slack.notify(change('resolved', { rev: 3, state: 'resolved', resolvedAt: NOW }));
    await rig.bench.until(() => rig.bench.messages(own?.id).some(({ text }) => text.includes('Resolved')));
    expect(made(rig)).toHaveLength(1);
  });

  it('is found again when the answer to its creation was lost', async () => {
    const rig = await startedRig({ config: ON });
    const name = channelName(incident());
    rig.bench.workspace.putChannel({ id: 'C0FROMBEFORE', name, invited: [] });
    rig.slack.notify(change('opened'));
    await rig.bench.until(() => rig.bench.messages('C0FROMBEFORE').length === 1);
    expect(made(rig)).toHaveLength(1);
  });

  it('is skipped without further effect when the scope is missing', async () => {
    const rig = await startedRig({ config: ON });
    rig.bench.faults.add({ method: 'conversations.create', kind: 'http-error', error: 'missing_scope' });
    rig.slack.notify(change('opened'));
    await vi.waitFor(() =>
      expect(rig.store.get(`channel:${incident().id}`)).toMatchObject({ state: 'failed', error: 'missing_scope' }),
    );
    await rig.bench.until(() => rig.bench.messages(CHANNEL).length === 2);
    expect(made(rig)).toEqual([]);
  });

  it('has a name that Slack accepts, for any host name', () => {
    expect(channelName(incident({ host: 'Web_1.Example.COM' }))).toBe(
      'inc-nginx-slow-upstream-web-1-example-com-mi8zk0-1a2b',
    );
    expect(channelName(incident({ host: 'h'.repeat(200) }))).toMatch(/^inc-nginx-slow-upstream-h+-mi8zk0-1a2b$/);
    expect(channelName(incident({ host: 'h'.repeat(200) }))).toHaveLength(80);
  });
});
