/** Loads every cause from `diagnose/causes/`. A new cause needs no list entry. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { GapwatchError } from '../core/errors.ts';
import type { Cause } from '../diagnose/cause.ts';

const FOLDER = new URL('../diagnose/causes/', import.meta.url);

/** All causes by id. Throws when a file exports no cause of its name. */
export async function loadCauses(): Promise<Cause[]> {
  const own = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  const files = readdirSync(fileURLToPath(FOLDER)).filter((file) => file.endsWith(own) && !file.endsWith('.d.ts'));
  const causes = await Promise.all(
    files.sort().map(async (file) => {
      const { cause } = (await import(new URL(file, FOLDER).href)) as { cause?: Cause };
      if (cause?.id !== file.slice(0, -own.length)) {
        throw new GapwatchError('INTERNAL', `diagnose/causes/${file} does not export the cause of that name`);
      }
      return cause;
    }),
  );
  return causes;
}
