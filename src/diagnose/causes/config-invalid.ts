/** nginx refused a configuration. It does not start, or a reload failed and the old configuration stays in use. */
import type { Fix } from '../../core/diagnosis.ts';
import type { Evidence } from '../../core/evidence.ts';
import { plural } from '../../core/format.ts';
import type { Signal } from '../../core/signal.ts';
import { isEmfile } from '../../findings/descriptors.ts';
import type { Findings } from '../../findings/findings.ts';
import { masterRuns } from '../../findings/life.ts';
import { wordsOf } from '../../findings/log.ts';
import { seen } from '../../findings/samples.ts';
import { type Cause, confirmed, type Judgement, ruledOut } from '../cause.ts';
import { fix, item } from '../words.ts';

const REOPENING_MS = 1000;

/** A successful reload starts workers (level notice). A refused one logs [emerg] right after "reconfiguring". */
function mended(findings: Findings, refusedAt: number): boolean {
  const started = findings.lines('started');
  const { current } = findings.life;
  const replaced =
    current !== null && current.length > 0 && current.every(({ startedAtMs }) => startedAtMs > refusedAt);
  return replaced || (started !== null && started.lastAt > refusedAt);
}

/**
 * A log that cannot be reopened after its rotation is logged in the words of a refusal (ngx_reopen_files). The process
 * identifies such a line: workers read no configuration, and the master logs first that it reopens.
 */
function reopens(evidence: Evidence, findings: Findings): (line: Signal) => boolean {
  const workers = new Set(
    seen(evidence, 'workers').flatMap(({ data }) =>
      data.processes.map(({ pid }) => pid).filter((pid) => pid !== data.masterPid),
    ),
  );
  const reopened = findings.lines('logs-reopened')?.signals ?? [];
  return ({ at, pid, captures }) =>
    captures.file === undefined &&
    ((pid !== null && workers.has(pid)) || reopened.some((line) => Math.abs(line.at - at) < REOPENING_MS));
}

function fixes({ file, line }: Signal['captures'], slots: boolean): Fix[] {
  return [
    fix({
      title: 'Fix the line and reload',
      place: file === undefined ? null : { file, line: Number(line) },
      directive: slots ? 'worker_connections' : null,
      snippet: slots ? 'events { worker_connections 1024; }' : 'nginx -t && nginx -s reload',
      effect: 'the new configuration takes effect',
      risk: 'none: a refused configuration changes nothing',
    }),
  ];
}

function judge(evidence: Evidence, findings: Findings): Judgement {
  if (findings.lines('config-refused') === null) return null;
  const reopening = reopens(evidence, findings);
  const refused = findings.lines(
    'config-refused',
    (line) => (line.level === null || line.level === 'emerg') && !isEmfile(line.captures) && !reopening(line),
  );
  if (refused === null) return null;
  if (mended(findings, refused.lastAt)) return ruledOut('workers were started after the refusal');
  const { reason, file, line } = refused.newest.captures;
  const master = seen(evidence, 'workers').at(-1)?.data.masterPid ?? null;
  const runs = masterRuns(evidence);
  const running = runs === true;
  const asked = findings.lines('reload', ({ at }) => Math.abs(at - refused.lastAt) < 10_000) !== null;
  const other = running && master !== null && refused.newest.pid !== null && refused.newest.pid !== master && !asked;
  const down = runs === false || (runs === null && findings.page.failure?.reason === 'refused');
  const slots = refused.newest.pattern === 'worker-connections-listening';
  const what = slots
    ? `worker_connections is below the number of listening sockets (${refused.newest.captures.listeners ?? '?'}); the words resemble exhaustion, but nothing is exhausted`
    : (reason ?? wordsOf(refused.newest));
  return confirmed({
    confidence: 'certain',
    severity: down ? 'critical' : other ? 'info' : 'warning',
    losing: down ? findings.loss.on('probe') : findings.loss.on(),
    since: refused.firstAt,
    lasting: true,
    summary: `nginx refuses the configuration: ${what}${file === undefined ? '' : ` (${file}:${line})`}; ${down ? 'it is not running' : other ? 'seen by another process, such as `nginx -t`' : running ? 'the old workers keep the old configuration' : 'it does not start, or the reload did nothing'}.`,
    evidenceFor: [
      item(refused.newest.pattern, {
        value: refused.count,
        unit: 'lines',
        text: `${plural(refused.count, 'line')} at level emerg`,
        at: refused.lastAt,
      }),
    ],
    fixes: fixes(refused.newest.captures, slots),
    doNot: ['Do not restart before `nginx -t` is clean: the running workers are the only ones that still serve.'],
    nextChecks: ['config', 'reloads', 'log'],
  });
}

export const cause: Cause = {
  id: 'config-invalid',
  kind: 'cause',
  title: 'Configuration refused',
  means:
    'A directive, file, certificate or address in the configuration is not accepted. A running nginx keeps the old one; the next restart fails.',
  looksLike:
    '"[emerg] unknown directive …", "[emerg] bind() to … failed (98: …)", "[emerg] host not found in upstream", "N worker_connections are not enough for M listening sockets".',
  fix: 'Correct the file and line of the message until `nginx -t` is clean, then reload. Until then do not restart.',
  differsFrom: [
    { cause: 'slot-capacity', how: 'there the line ends after "not enough" and its level is alert' },
    { cause: 'nginx-down', how: 'that is what follows at the next restart' },
  ],
  references: [
    'nginx src/core/ngx_conf_file.c ngx_conf_parse()',
    'nginx src/event/ngx_event.c ngx_event_module_init()',
  ],
  reads: ['config-refused', 'reload', 'started', 'logs-reopened', 'workers'],
  consequences: ['nginx-down'],
  precedence: 0,
  judge,
};
