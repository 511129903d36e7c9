/** The parts of README.md that are printed from the code, and the file with them put in. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { loadCauses } from '../../src/service/load-causes.ts';
import { configReference } from './config-reference.ts';

export const README = resolve(import.meta.dirname, '../../README.md');

async function causesTable(): Promise<string> {
  const causes = await loadCauses();
  const rows = causes.map(({ id, title, means }) => `| \`${id}\` | ${title}. ${means.replaceAll('|', '\\|')} |`);
  return ['| cause | what it is |', '| --- | --- |', ...rows].join('\n');
}

/** Replaces what stands between `<!-- NAME…-->` and `<!-- /NAME -->`. */
export function withSection(text: string, name: string, content: string): string {
  const section = new RegExp(`(<!-- ${name}[^>]*-->\\n)[\\s\\S]*?(<!-- /${name} -->)`);
  if (!section.test(text)) throw new Error(`README.md has no section ${name}`);
  return text.replace(section, (_whole, open: string, close: string) => `${open}${content}\n${close}`);
}

/** README.md as it ought to be. */
export async function documented(): Promise<string> {
  const text = readFileSync(README, 'utf8');
  return withSection(withSection(text, 'config reference', configReference()), 'causes', await causesTable());
}
