/** All causes, found the way `app` finds them: by scanning the folder. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Diagnosis } from '../../../src/core/diagnosis.ts';
import type { Cause } from '../../../src/diagnose/cause.ts';
import { diagnose } from '../../../src/diagnose/diagnose.ts';
import type { EvidenceBuilder } from './evidence-builder.ts';

const folder = new URL('../../../src/diagnose/causes/', import.meta.url);

export const CAUSE_FILES: readonly string[] = readdirSync(fileURLToPath(folder)).sort();

export const CAUSES: readonly Cause[] = await Promise.all(
  CAUSE_FILES.map(async (file) => {
    const module = (await import(new URL(file, folder).href)) as { readonly cause: Cause };
    return module.cause;
  }),
);

export function conclude(builder: EvidenceBuilder): Diagnosis {
  return diagnose(builder.build(), CAUSES);
}
