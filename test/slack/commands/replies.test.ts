/** One process may report on many hosts: an answer is about the named host, or asks for one. */
import { describe, expect, it } from 'vitest';
import { parseCommand } from '../../../src/slack/commands/grammar.ts';
import { reply } from '../../../src/slack/commands/replies.ts';
import { diagnosis, incident, NOW } from '../support/incident.ts';
import { fakePorts, report } from '../support/ports.ts';

const HOSTS = ['web-1', 'web-2', 'db-1'];
const ports = fakePorts({
  hosts: () => HOSTS,
  why: (host) => diagnosis({ summary: `This is ${host}.` }),
  digest: (_range, host) => report(`Digest of ${host}`),
  audit: (host) => report(`Audit of ${host}`),
  doctor: (host) => report(`Doctor of ${host}`),
  incidents: (host) => [incident({ id: `inc-${host}`, host })],
});

async function ask(text: string): Promise<string> {
  const command = parseCommand(text, { hosts: HOSTS, causes: [], checks: [], nearest: () => null });
  return JSON.stringify(await reply(command, 'U0ANA', { ports, clock: { now: () => NOW } }));
}

describe.each([
  ['why', 'This is'],
  ['digest', 'Digest of'],
  ['audit', 'Audit of'],
  ['doctor', 'Doctor of'],
])('%s', (word, words) => {
  it('asks for a host and lists them', async () => {
    const answer = await ask(word);
    expect(answer).toContain(`${word} is about one host; name it: web-1, web-2, db-1.`);
    expect(answer).not.toContain(words);
    expect(await ask(`${word} web-*`)).toContain('name it: web-1, web-2.');
  });

  it.each([
    ['db-1', 'db-1'],
    ['d*', 'db-1'],
    ['WEB-2', 'web-2'],
  ])('is about the host named by %s', async (named, host) => {
    expect(await ask(`${word} ${named}`)).toContain(`${words} ${host}`);
  });
});

describe('incidents', () => {
  it.each([
    ['incidents', ['web-1', 'web-2', 'db-1']],
    ['incidents web-*', ['web-1', 'web-2']],
    ['incidents db-1', ['db-1']],
  ])('%s lists those of the named hosts', async (text, hosts) => {
    const answer = await ask(text);
    expect(HOSTS.filter((host) => answer.includes(`"${host}"`))).toEqual(hosts);
  });
});
