/** Checks the settings that limit connections, each with its place, and where the running host differs from them. */
import type { Evidence } from '../../core/evidence.ts';
import { plural, where } from '../../core/format.ts';
import type { CheckResult } from '../../core/report.ts';
import type { Setting, Settings } from '../../core/settings.ts';
import type { Findings } from '../../findings/findings.ts';
import { isActive } from '../../findings/log.ts';
import { answer, type Check, couldNotLook } from '../answer.ts';
import { newest } from '../look.ts';

const DIRECTIVES =
  'worker_processes|worker_connections|worker_rlimit_nofile|multi_accept|accept_mutex|listen|keepalive|' +
  'client_header_timeout|client_body_timeout|proxy_[a-z]*_timeout|worker_shutdown_timeout|error_log|stub_status';
const EQUIVALENT = `nginx -T 2>/dev/null | grep -nE '^ *(${DIRECTIVES})'`;
/** NGX_LISTEN_BACKLOG on Linux. */
const DEFAULT_BACKLOG = 511;

export const check: Check = {
  id: 'config',
  place: 80,
  does: 'the settings in force that limit connections, with file:line',
  judge: checkConfig,
};

function checkConfig(evidence: Evidence, findings: Findings): CheckResult {
  const { settings } = evidence;
  if (settings === null) {
    const blind = { ok: false, at: null, reason: 'absent', detail: 'no configuration could be read' } as const;
    const remedy = 'Run gapwatch as root, or set nginx.config';
    return couldNotLook('config', evidence, blind, { what: 'The configuration', remedy, equivalent: EQUIVALENT });
  }
  const contradictions = [
    rejected(findings),
    descriptorsNotInForce(evidence, settings),
    descriptorsTooFew(evidence, settings),
    ...backlogsCut(evidence, settings),
  ].filter((contradiction) => contradiction !== null);
  return answer('config', evidence, {
    status: contradictions.length > 0 ? 'warning' : 'ok',
    text: [
      `${capacityText(settings)}${where(settings.workerConnections.place)}.`,
      ...contradictions,
      contradictions.length === 0 ? null : 'That is about settings: no client is lost by it alone.',
      settings.origin === 'live' ? null : 'Part of the configuration could not be read: see doctor.',
    ],
    values: valuesOf(settings, contradictions),
    equivalent: EQUIVALENT,
    basis: [],
  });
}

function valuesOf(settings: Settings, findings: readonly string[]): CheckResult['values'] {
  return {
    version: settings.version,
    origin: settings.origin,
    workerProcesses: settings.workerProcesses.value,
    workers: settings.workerCount,
    workerConnections: settings.workerConnections.value,
    workerRlimitNofile: settings.workerRlimitNofile?.value ?? null,
    multiAccept: settings.multiAccept.value,
    acceptMutex: settings.acceptMutex.value,
    keepaliveTimeoutMs: settings.keepaliveTimeoutMs.value,
    keepaliveRequests: settings.keepaliveRequests.value,
    clientHeaderTimeoutMs: settings.clientHeaderTimeoutMs.value,
    clientBodyTimeoutMs: settings.clientBodyTimeoutMs.value,
    workerShutdownTimeoutMs: settings.workerShutdownTimeoutMs?.value ?? null,
    settings: settingRows(settings),
    findings,
  };
}

function capacityText(settings: Settings): string {
  const { workerCount, workerConnections } = settings;
  const workers = workerCount === null ? 'An unknown number of workers' : plural(workerCount, 'worker');
  return `${workers} with ${plural(workerConnections.value, 'connection slot')} each`;
}

/** One row per setting that limits connections: `name value (file:line)`. */
function settingRows(settings: Settings): string[] {
  const row = (name: string, setting: Setting<unknown> | null) =>
    setting === null ? [] : [`${name} ${String(setting.value)}${where(setting.place) || ' (default)'}`];
  return [
    ...row('worker_processes', settings.workerProcesses),
    ...row('worker_connections', settings.workerConnections),
    ...row('worker_rlimit_nofile', settings.workerRlimitNofile),
    ...row('keepalive_timeout_ms', settings.keepaliveTimeoutMs),
    ...row('client_header_timeout_ms', settings.clientHeaderTimeoutMs),
    ...row('client_body_timeout_ms', settings.clientBodyTimeoutMs),
    ...row('worker_shutdown_timeout_ms', settings.workerShutdownTimeoutMs),
    ...settings.listens.map(
      (listen) => `listen ${listen.address} backlog ${listen.backlog ?? DEFAULT_BACKLOG}${where(listen.place)}`,
    ),
    ...settings.upstreams.flatMap(({ name, keepalive }) => row(`upstream ${name} keepalive`, keepalive)),
    ...settings.errorLogs.map((log) => `error_log ${log.target} ${log.level}${where(log.place) || ' (default)'}`),
  ];
}

function rejected({ lines }: Findings): string | null {
  return isActive(lines('config-refused'))
    ? 'nginx has just refused a configuration: the old one stays in use and differs from the files.'
    : null;
}

/** Without CAP_SYS_RESOURCE nginx ignores the directive above the hard limit, while `nginx -T` still shows it. */
function descriptorsNotInForce(evidence: Evidence, { workerRlimitNofile }: Settings): string | null {
  const soft = lowestSoftLimit(evidence);
  if (workerRlimitNofile === null || soft === null || soft === workerRlimitNofile.value) return null;
  return `worker_rlimit_nofile ${workerRlimitNofile.value}${where(workerRlimitNofile.place)} is not in force: the workers run with ${soft}.`;
}

/** A proxied client takes two descriptors and two slots, so a worker needs at least as many descriptors as slots. */
function descriptorsTooFew(evidence: Evidence, { workerConnections }: Settings): string | null {
  const soft = lowestSoftLimit(evidence);
  if (soft === null || soft >= workerConnections.value) return null;
  return `Each worker may open ${soft} files but has ${workerConnections.value} connection slots${where(workerConnections.place)}: files run out first.`;
}

function lowestSoftLimit(evidence: Evidence): number | null {
  const fds = newest(evidence, 'fds');
  const workers = newest(evidence, 'workers');
  if (!fds.ok || !workers.ok) return null;
  const current = new Set(
    workers.data.processes.flatMap(({ pid, kind, generation }) =>
      kind === 'worker' && generation === 'current' ? [pid] : [],
    ),
  );
  const limits = fds.data.workers.flatMap(({ pid, soft }) => (soft !== null && current.has(pid) ? [soft] : []));
  return limits.length === 0 ? null : Math.min(...limits);
}

function backlogsCut(evidence: Evidence, { listens }: Settings): string[] {
  const system = newest(evidence, 'system');
  const somaxconn = system.ok ? system.data.somaxconn : null;
  if (somaxconn === null) return [];
  return listens
    .filter((listen) => (listen.backlog ?? 0) > somaxconn)
    .map(
      (listen) =>
        `backlog=${listen.backlog} of ${listen.address}${where(listen.place)} is cut to net.core.somaxconn ${somaxconn}.`,
    );
}
