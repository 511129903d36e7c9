/** Loads every audit rule from `audit/rules/`. A new rule needs no list entry. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Rule } from '../audit/rule.ts';
import { GapwatchError } from '../core/errors.ts';

const FOLDER = new URL('../audit/rules/', import.meta.url);

/** All rules by id. Throws when a file exports no rule of its name. */
export async function loadRules(): Promise<Rule[]> {
  const own = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  const files = readdirSync(fileURLToPath(FOLDER)).filter((file) => file.endsWith(own) && !file.endsWith('.d.ts'));
  return Promise.all(
    files.sort().map(async (file) => {
      const { rule } = (await import(new URL(file, FOLDER).href)) as { rule?: Rule };
      if (rule?.id !== file.slice(0, -own.length)) {
        throw new GapwatchError('INTERNAL', `audit/rules/${file} does not export the rule of that name`);
      }
      return rule;
    }),
  );
}
