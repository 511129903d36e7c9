/** Runs `gapwatch audit [FILE|-]`: the capacity audit of a configuration file or of the running host. */
import { type Finding, NO_HOST } from '../../audit/rule.ts';
import { loadConfig } from '../../config/load.ts';
import { GapwatchError } from '../../core/errors.ts';
import { audit, countFindings, placeOf } from '../../service/reports/audit-report.ts';
import { type ReadConfig, readConfigFile, readConfigText } from '../../service/reports/audited-config.ts';
import { hostFactsOf } from '../../service/reports/host-facts.ts';
import { terminalSafe } from '../diagnosis-text.ts';
import { EXIT, type Io } from '../io.ts';
import { look } from '../look.ts';

export interface AuditOptions {
  readonly config?: string;
  readonly json?: boolean;
  readonly nginxVersion?: string;
}

interface Audited {
  /** Null when there was no configuration. */
  readonly findings: readonly Finding[] | null;
  /** Why parts of the configuration could not be read. */
  readonly problems: ReadConfig['problems'];
  readonly notJudged: string | null;
}

/** Time between the two polls that give the rates. */
const WATCH_MS = 1000;
const WITHOUT_HOST =
  'Not judged without the running nginx: process limits, CPUs, memory, somaxconn, arrival rates. Run `gapwatch audit` on the host.';

/** Limit of what is read of a file. */
const MAX_INPUT_BYTES = 16 * 1024 * 1024;

async function readAll(stream: NodeJS.ReadableStream): Promise<{ readonly text: string; readonly isCut: boolean }> {
  const parts: Buffer[] = [];
  let total = 0;
  for await (const part of stream) {
    parts.push(Buffer.from(part));
    total += part.length;
    if (total > MAX_INPUT_BYTES) break;
  }
  const text = Buffer.concat(parts, Math.min(total, MAX_INPUT_BYTES)).toString('utf8');
  return { text, isCut: total > MAX_INPUT_BYTES };
}

async function auditText(file: string, options: AuditOptions, io: Io): Promise<Audited> {
  // Without -c, a gapwatch.yml in the working directory does not apply to a configuration given as a file.
  const limits =
    options.config === undefined ? undefined : loadConfig(options.config, io.env).config.nginx.configLimits;
  const how = { version: options.nginxVersion ?? null, limits };
  const read = file === '-' ? readConfigText(await readAll(io.stdin), how) : readConfigFile(file, how);
  if ('failure' in read) throw new GapwatchError('USAGE', `${file} cannot be read: ${read.failure}`);
  const { settings, problems, hasDirectives } = read;
  const findings = hasDirectives ? await audit(settings, NO_HOST) : null;
  return { findings, problems, notJudged: hasDirectives ? WITHOUT_HOST : 'The input contains no nginx configuration.' };
}

async function auditHost(config: string | undefined, io: Io): Promise<Audited> {
  const { evidence } = await look(config, WATCH_MS, io);
  if (evidence.settings !== null)
    return { findings: await audit(evidence.settings, hostFactsOf(evidence)), problems: [], notJudged: null };
  const because = evidence.notObservable[0]?.because ?? 'no running nginx was found';
  const notJudged = `Nothing to audit: ${because}. Name a file, or run: nginx -T | gapwatch audit -`;
  return { findings: null, problems: [], notJudged };
}

/** The worst severity found; never "ok" when something could not be read. */
function exitOf({ findings, problems }: Audited): number {
  if (findings?.some(({ severity }) => severity === 'critical')) return EXIT.critical;
  if (findings?.some(({ severity }) => severity === 'warning')) return EXIT.warning;
  return findings === null || problems.length > 0 ? EXIT.unknown : EXIT.ok;
}

/** Starts with `FILE:LINE:` like compiler messages, so that editors can open the place. */
function linesOf(finding: Finding): string[] {
  const { severity, text, cost, remedy, rule, reference } = finding;
  return [
    `${placeOf(finding)}: ${severity}: ${text} [${rule}]`,
    `    costs: ${cost}`,
    ...remedy.split('\n').map((line) => `  + ${line}`),
    `    see: ${reference}`,
    '',
  ];
}

function print(audited: Audited, options: AuditOptions, io: Io): void {
  const { findings, problems, notJudged } = audited;
  for (const { file, line, message } of problems) io.stderr.write(terminalSafe(`${file}:${line}: ${message}\n`));
  if (options.json === true) {
    io.stdout.write(`${JSON.stringify({ findings: findings ?? [], problems, notJudged })}\n`);
    return;
  }
  const summary = findings?.length === 0 ? 'No rule found a problem.' : `${countFindings(findings ?? [])}.`;
  const lines = [
    ...(findings ?? []).flatMap(linesOf),
    ...(findings === null ? [] : [summary]),
    ...(notJudged === null ? [] : [notJudged]),
  ];
  io.stdout.write(`${lines.map(terminalSafe).join('\n')}\n`);
}

export async function auditAction(file: string | undefined, options: AuditOptions, io: Io): Promise<void> {
  const audited = file === undefined ? await auditHost(options.config, io) : await auditText(file, options, io);
  print(audited, options, io);
  io.exit(exitOf(audited));
}
