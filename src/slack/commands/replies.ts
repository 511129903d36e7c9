/** Builds the answer to each `/nginx-status` command from the ports. */
import type { WallTime } from '../../core/clock.ts';
import type { CheckResult } from '../../core/report.ts';
import type { Rendered } from '../blocks/block.ts';
import { checkAnswer, checksTable, fleetTable } from '../blocks/checks.ts';
import { whyAnswer } from '../blocks/differential.ts';
import { helpAnswer, shortAnswer, unknownAnswer } from '../blocks/help.ts';
import { incidentList } from '../blocks/incident-list.ts';
import { withMutes } from '../blocks/mutes.ts';
import { reportMessage } from '../blocks/report.ts';
import type { SlackPorts } from '../ports.ts';
import type { Command } from './grammar.ts';
import { wordsOf } from './words.ts';

export interface ReplyDeps {
  readonly ports: SlackPorts;
  readonly clock: WallTime;
}

async function summary(hosts: readonly string[], { ports }: ReplyDeps): Promise<Rendered> {
  const all = await Promise.all(hosts.map(async (host) => ({ host, results: await ports.status('all', host) })));
  const only = all[0];
  if (only === undefined) return shortAnswer('No host is watched yet.');
  if (all.length > 1) return withMutes(fleetTable(all), ports.mutes());
  const diagnosis = await ports.why(only.host);
  return withMutes(checksTable(only.results, only.host, diagnosis.summary), ports.mutes());
}

async function check(command: Command & { kind: 'check' }, { ports }: ReplyDeps): Promise<Rendered> {
  const found = await Promise.all(
    command.hosts.map(async (host) => ({ host, results: await ports.status([command.check], host) })),
  );
  const only = found[0];
  if (found.length > 1) return fleetTable(found);
  const result: CheckResult | undefined = only?.results[0];
  if (only === undefined || result === undefined) return shortAnswer(`There is no answer for ${command.check} yet.`);
  return checkAnswer(result, only.host);
}

async function mute(command: Command & { kind: 'mute' }, by: string, { ports, clock }: ReplyDeps): Promise<Rendered> {
  const { cause, host, reason, forMs } = command;
  const { answer } = await ports.mute({ cause, host, reason, by, until: clock.now() + forMs });
  return shortAnswer(answer);
}

/** `by` is the Slack user who asked. */
export async function reply(command: Command, by: string, deps: ReplyDeps): Promise<Rendered> {
  const { ports, clock } = deps;
  if (command.kind === 'help') return helpAnswer(wordsOf(ports.checks()));
  if (command.kind === 'unknown') return unknownAnswer(command.problem, command.near, wordsOf(ports.checks()));
  if (command.kind === 'mute') return mute(command, by, deps);
  if (command.kind === 'summary') return summary(command.hosts, deps);
  if (command.kind === 'check') return check(command, deps);
  const host = command.hosts[0];
  if (host === undefined) return shortAnswer('No host is watched yet.');
  if (command.kind === 'checks' && command.hosts.length > 1) return summary(command.hosts, deps);
  if (command.kind !== 'incidents' && command.hosts.length > 1) {
    return shortAnswer(`${command.kind} is about one host; name it: ${command.hosts.slice(0, 20).join(', ')}.`);
  }
  if (command.kind === 'checks') return checksTable(await ports.status('all', host), host);
  if (command.kind === 'why') return whyAnswer(await ports.why(host), host);
  if (command.kind === 'incidents') {
    const all = await Promise.all(command.hosts.map((one) => ports.incidents(one)));
    return incidentList(all.flat(), clock.now());
  }
  if (command.kind === 'digest') return reportMessage(await ports.digest(command.lastMs, host));
  return reportMessage(command.kind === 'audit' ? await ports.audit(host) : await ports.doctor(host));
}
