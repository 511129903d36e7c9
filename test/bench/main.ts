/**
 * `npm run bench [-- NAME…] [--write]`: every benchmark, rivals in the same run, as one table. A gap to a target is
 * printed, not hidden; `--write` puts the table into README.md.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { README, withSection } from '../support/documented.ts';
import { benchAccess } from './access.ts';
import { benchDigest } from './digest.ts';
import { benchFollow } from './follow.ts';
import { benchMatch } from './match.ts';
import type { Row } from './row.ts';
import { benchService } from './service.ts';
import { benchSockets } from './sockets.ts';

const BENCHES: Readonly<Record<string, () => Promise<readonly Row[]>>> = {
  match: benchMatch,
  access: benchAccess,
  follow: benchFollow,
  sockets: benchSockets,
  digest: benchDigest,
  service: benchService,
};

const digits = (value: number): string => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3));
const verdict = ({ met }: Row): string => (met === null ? '' : met ? 'met' : '**not met**');

const line = (row: Row): string =>
  `| ${row.name} | ${digits(row.value)} ${row.unit} | ${row.target ?? ''} | ${verdict(row)} |`;

const words = process.argv.slice(2);
const asked = words.filter((word) => !word.startsWith('--'));
const rows: Row[] = [];
process.stdout.write('| what | measured | target | |\n| --- | --- | --- | --- |\n');
for (const [name, bench] of Object.entries(BENCHES)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  for (const row of await bench()) {
    rows.push(row);
    process.stdout.write(`${line(row)}\n`);
  }
}
if (words.includes('--write')) {
  const machine = `Node ${process.versions.node}, ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}):`;
  const table = ['| what | measured | target | |', '| --- | --- | --- | --- |', ...rows.map(line)].join('\n');
  writeFileSync(README, withSection(readFileSync(README, 'utf8'), 'bench', `${machine}\n\n${table}`));
}
