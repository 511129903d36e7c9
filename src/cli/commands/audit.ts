/** `gapwatch audit [FILE|-]`: the capacity audit of a configuration, or of the running host. */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { audit, auditLines, hostFactsOf, NO_HOST } from '../../app/audit-report.ts';
import type { Finding } from '../../audit/rule.ts';
import { GapwatchError } from '../../core/errors.ts';
import { parseDump } from '../../nginx/config-tree.ts';
import { deriveSettings } from '../../nginx/effective.ts';
import { terminalSafe } from '../diagnosis-text.ts';
import { EXIT, type Io } from '../io.ts';
import { look } from '../look.ts';

async function readAll(stream: NodeJS.ReadableStream): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString('utf8');
}

async function findingsIn(file: string, io: Io): Promise<Finding[]> {
  let text: string;
  try {
    text = file === '-' ? await readAll(io.stdin) : readFileSync(file, 'utf8');
  } catch (cause) {
    throw new GapwatchError('USAGE', `${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
  const tree = parseDump(text);
  for (const { file: at, line, message } of tree.problems) io.stderr.write(`${at}:${line}: ${message}\n`);
  const settings = deriveSettings(tree, { origin: 'fragment', version: null, cpus: null, prefix: null });
  return audit(settings, NO_HOST);
}

async function findingsHere(config: string | undefined, io: Io): Promise<Finding[]> {
  const { evidence } = await look(config, 0, io);
  if (evidence.settings !== null) return audit(evidence.settings, hostFactsOf(evidence));
  throw new GapwatchError('USAGE', 'there is no configuration to audit: no running nginx was found', {
    hint: 'Name a file, or pipe `nginx -T` in: nginx -T | gapwatch audit -',
  });
}

function exitOf(findings: readonly Finding[]): number {
  if (findings.some(({ severity }) => severity === 'critical')) return EXIT.critical;
  return findings.some(({ severity }) => severity === 'warning') ? EXIT.warning : EXIT.ok;
}

export function register(program: Command, io: Io): void {
  program
    .command('audit')
    .argument('[file]', '`nginx -T` output or a configuration file; - for standard input; default: the running nginx')
    .option('-c, --config <file>', 'config file of gapwatch')
    .option('--json', 'print JSON')
    .description('audit a configuration for what will run out')
    .action(async (file: string | undefined, options: { config?: string; json?: boolean }) => {
      const findings = file === undefined ? await findingsHere(options.config, io) : await findingsIn(file, io);
      const lines = auditLines(findings).map((line, index) => {
        const remedy = findings[index]?.remedy.replaceAll('\n', '\n    ') ?? '';
        return `${line}\n    ${remedy}`;
      });
      const text = lines.length === 0 ? ['No rule objects to this configuration.'] : lines;
      io.stdout.write(
        options.json === true ? `${JSON.stringify(findings)}\n` : `${text.map(terminalSafe).join('\n')}\n`,
      );
      io.exit(exitOf(findings));
    });
}
