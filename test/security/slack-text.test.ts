/** Nothing that a host, a label, a log or a person says calls, links or runs anything, on any surface of a real Bolt app. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { change, diagnosis, incident, NOW } from '../slack/support/incident.ts';
import { check, fakePorts, report } from '../slack/support/ports.ts';
import { CHANNEL, startedRig } from '../slack/support/rig.ts';

const HOSTILE = [
  '<!channel>',
  '<!here|all>',
  '<!everyone>',
  '<!subteam^S0ONCALL000>',
  '<@U0LOCALBEN>',
  'by U0LOCALBEN',
  'by <@U0LOCALBEN>',
  '<#C0INCIDENTS>',
  '<https://evil.example|click>',
  '<mailto:a@evil.example|mail>',
  '<!date^1^{date}^https://evil.example|x>',
  '<<!channel>>',
  '&lt;!channel&gt;',
  '<\u200b!channel>',
  '@channel @here #general https://evil.example',
];
/** What we make ourselves, of what was checked: times, the person who acted, the channel's own user group. */
const OURS = /<!date\^\d+\^\{date_short_pretty\} \{time\}\|[\d :-]+UTC>|<@U0LOCALANA>/g;

/** Every mrkdwn text, and every fallback text, which Slack parses as well. */
function parsed(node: unknown, isMessage: boolean): string[] {
  if (Array.isArray(node)) return node.flatMap((part) => parsed(part, false));
  if (typeof node !== 'object' || node === null) return [];
  const { type, text } = node as { type?: unknown; text?: unknown };
  const own = typeof text === 'string' && (isMessage || type === 'mrkdwn') ? [text] : [];
  return [...own, ...Object.values(node).flatMap((part) => parsed(part, false))];
}

function hostilePorts(text: string) {
  const told = diagnosis({ summary: text, losing: { now: true, perSecond: 1, total: 1, how: text } });
  const bad = incident({ host: text, cause: text, diagnosis: told, acknowledgedBy: text });
  const mute = { host: text, cause: text, until: NOW, by: text, reason: text };
  const everywhere = { ...report(text), lines: [text], snippet: text, footnotes: [text], table: [[text], [text]] };
  return fakePorts({
    hosts: () => [text],
    causes: () => [text],
    status: () => [check({ text, equivalent: text, values: { [text]: text } })],
    why: () => told,
    incidents: () => [bad],
    digest: () => everywhere,
    audit: () => everywhere,
    doctor: () => everywhere,
    mutes: () => [mute],
    evidenceOf: () => ({
      incident: bad,
      about: { means: text, fix: text },
      excerpts: [text],
      excerptsFrom: NOW,
      story: [{ at: NOW, text }],
    }),
    recheck: () => ({ host: text, text, since: NOW, changes: [text], results: [check({ text })] }),
    home: () => ({
      hosts: [{ host: text, workers: [] }],
      incidents: [bad],
      blindSpots: [{ what: text, remedy: text }],
      mutes: [mute],
      nextDigestAt: NOW,
      asOf: NOW,
    }),
  });
}

describe.each(HOSTILE)('%s', (text) => {
  it('stays text in every message, answer, modal and App Home', async () => {
    const made = await startedRig({ ports: hostilePorts(text) });
    const { bench, slack } = made;
    slack.notify(change('opened', { host: text, diagnosis: diagnosis({ summary: text }) }, text));
    const { ts } = await bench.until(() => bench.messages(CHANNEL)[0]);
    slack.notify(change('worse', { rev: 2, host: text }, text));
    const words = ['summary', 'slots', 'why', 'incidents', 'digest', 'audit', 'doctor', 'help', text, `${text} public`];
    for (const word of words) expect((await bench.sendCommand(`/nginx-status ${word}`)).ok).toBe(true);
    expect((await bench.sendCommand(`/nginx-status mute 1h ${text}`)).ok).toBe(true);
    for (const actionId of ['incident_recheck', 'incident_evidence']) {
      expect((await bench.click({ actionId, channel: CHANNEL, ts })).ok).toBe(true);
    }
    await bench.openHome();
    expect(await slack.postDigest('day', { ...report(text), lines: [text] }, null)).toBe(true);
    await vi.waitFor(() => {
      expect(bench.ephemerals().length).toBeGreaterThanOrEqual(words.length);
      expect(bench.home()).toBeDefined();
      expect(JSON.stringify(bench.view()?.blocks ?? [])).toContain('History');
      expect(made.store.unsettled()).toEqual([]);
    });
    const messages = [...bench.messages(CHANNEL), ...bench.ephemerals()];
    const shown = [...messages.flatMap((one) => parsed(one, true)), ...parsed([bench.view(), bench.home()], false)];
    expect(shown.length).toBeGreaterThan(20);
    expect(shown.map((one) => one.replace(OURS, '')).filter((one) => /[<>]/.test(one))).toEqual([]);
  });
});

it('no file of the Slack side can start a program', () => {
  const folder = resolve(import.meta.dirname, '../../src/slack');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  expect(files.length).toBeGreaterThan(40);
  const starters = /child_process|worker_threads|node:vm|process\.binding|\beval\(|new Function|import\((?!'@slack)/;
  expect(files.filter((file) => starters.test(readFileSync(join(folder, file), 'utf8')))).toEqual([]);
});

it.each([
  '$(touch /tmp/gapwatch-pwned)',
  '`id`',
  '; reboot',
  '| sh',
  'slots && id',
  'slots web-1;id',
  '--config /etc/shadow',
  '../../etc/passwd',
  'mute 1h $(id)',
])('the command %j is words, of which none is run', async (text) => {
  const { bench, ports } = await startedRig();
  expect((await bench.sendCommand(`/nginx-status ${text}`)).ok).toBe(true);
  await bench.until(() => bench.ephemerals()[0]);
  const answer = JSON.stringify(bench.ephemerals());
  expect(answer).not.toMatch(/uid=\d+|root:x/);
  if (text.startsWith('mute')) expect(ports.muted).toMatchObject([{ reason: '$(id)' }]);
  else expect(answer).toMatch(/neither a word nor a host|is too much/);
});
