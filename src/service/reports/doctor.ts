/** Lists what gapwatch can and cannot observe on this host, with a remedy for each gap. */

import type { NotObservable } from '../../core/diagnosis.ts';
import { comment, quoted } from '../../core/shell.ts';
import type { CrossCheck } from '../../discovery/cross-check.ts';
import type { Discovery } from '../../discovery/discover.ts';
import { lookAtLog } from '../../discovery/sentences.ts';
import type { Report } from '../../slack/ports.ts';
import type { SourceKind } from '../../tail/source.ts';
import type { Agent } from '../agent.ts';

export interface DoctorItem {
  readonly what: string;
  readonly ok: boolean;
  readonly detail: string;
  /** The command or line that fixes it; null when the item is ok. */
  readonly remedy: string | null;
}

/** What the agent can observe at one moment. */
export interface Sight {
  readonly discovery: Discovery | null;
  readonly logStates: ReturnType<Agent['logStates']>;
}

export const sightOf = (agent: Agent): Sight => ({ discovery: agent.discovery(), logStates: agent.logStates() });

function nginxItem({ discovery }: Sight): DoctorItem {
  const nginx = discovery?.nginx ?? null;
  if (nginx === null) {
    return {
      what: 'nginx',
      ok: false,
      detail: 'no running nginx was found',
      remedy: 'start nginx, or set nginx.pidFile',
    };
  }
  const version = nginx.version === null ? '' : ` ${nginx.version}`;
  const detail = `master ${nginx.masterPid}${version}, ${nginx.configFile}; watched because ${nginx.trustedBecause}`;
  return { what: 'nginx', ok: true, detail, remedy: null };
}

/** An unreadable log is listed as a blind spot instead, with its remedy. */
function logItems({ logStates }: Sight, blind: ReadonlySet<string>): DoctorItem[] {
  return logStates
    .filter(({ name }) => !blind.has(`the log ${name}`))
    .map(({ name, state }) => ({
      what: `log ${name}`,
      ok: state.kind === 'following',
      detail: `${state.kind}: ${state.detail}`,
      remedy: remedyFor(state.kind, name),
    }));
}

function remedyFor(kind: SourceKind, log: string): string | null {
  if (kind === 'denied') return `run gapwatch as root, or: setfacl -m u:$(id -un):r ${quoted(log)}`;
  if (kind === 'refused') return lookAtLog(log);
  return null;
}

const blindItem = ({ what, because, remedy }: NotObservable): DoctorItem => ({
  what,
  ok: false,
  detail: because,
  remedy,
});

/** The result of `doctor --run-nginx`: whether nginx and gapwatch read the configuration alike. */
export function crossCheckItem({ outcome, detail }: CrossCheck): DoctorItem {
  return {
    what: 'nginx -T',
    ok: outcome === 'same',
    detail,
    remedy: outcome === 'different' ? 'report it with the output of: gapwatch bundle' : null,
  };
}

/** `extra`: items about Slack and the store, which the agent does not know. */
export function examine(
  sight: Sight,
  notObservable: readonly NotObservable[],
  extra: readonly DoctorItem[],
): DoctorItem[] {
  const notes = sight.discovery?.notes ?? [];
  const status = sight.discovery?.status ?? null;
  const blind = new Set(notObservable.map(({ what }) => what));
  return [
    ...(blind.has('nginx') ? [] : [nginxItem(sight)]),
    ...notes.map((note) => ({ what: 'note', ok: true, detail: note, remedy: null })),
    ...(status === null || blind.has('the stub_status page')
      ? []
      : [{ what: 'stub_status', ok: true, detail: status.url, remedy: null }]),
    ...logItems(sight, blind),
    ...notObservable.map(blindItem),
    ...extra,
  ];
}

export function doctorReport(host: string, items: readonly DoctorItem[]): Report {
  const amiss = items.filter(({ ok }) => !ok);
  const remedies = amiss.flatMap(({ what, remedy }) => (remedy === null ? [] : [comment(what), remedy]));
  return {
    title: `Doctor: ${host}`,
    lead:
      amiss.length === 0
        ? 'gapwatch observes and reaches everything that it found.'
        : `${amiss.length} of ${items.length} things cannot be observed or reached.`,
    lines: items.map(({ what, ok, detail }) => `${ok ? 'ok' : 'not ok'}: ${what}: ${detail}`),
    table: null,
    snippet: remedies.length === 0 ? null : remedies.join('\n'),
    footnotes: [],
  };
}
