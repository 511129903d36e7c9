/** Loads every quick check from `checks/checks/`. A new check needs no list entry. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Check } from '../checks/answer.ts';
import { GapwatchError } from '../core/errors.ts';

const FOLDER = new URL('../checks/checks/', import.meta.url);
const OWN = import.meta.url.endsWith('.ts') ? '.ts' : '.js';

/** The ids of all checks in alphabetical order, which are their file names. */
export function checkIds(): string[] {
  return readdirSync(fileURLToPath(FOLDER))
    .filter((file) => file.endsWith(OWN) && !file.endsWith('.d.ts'))
    .map((file) => file.slice(0, -OWN.length))
    .sort();
}

/** All checks in their order. Throws when a file exports no check of its name. */
export async function loadChecks(): Promise<Check[]> {
  const checks = await Promise.all(
    checkIds().map(async (id) => {
      const { check } = (await import(new URL(id + OWN, FOLDER).href)) as { check?: Check };
      if (check?.id !== id) {
        throw new GapwatchError('INTERNAL', `checks/checks/${id} does not export the check of that name`);
      }
      return check;
    }),
  );
  return checks.sort((a, b) => a.place - b.place);
}
