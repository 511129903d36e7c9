/** Finds the logs among the files of a bundle, each with its rotated files. */
import type { BundleFile } from './bundle/files.ts';

const ROTATED = /(?:\.(\d{1,4})|[-.](\d{8}(?:[-T_]?\d{2,6})?))?(?:\.gz)?$/;

function isLog(name: string, stem: 'error' | 'access'): boolean {
  return new RegExp(`^(?:.*[-_.])?${stem}(?:[-_.].*)?\\.log(?:[-.].*)?$|^${stem}$|^${stem}_log(?:[-.].*)?$`).test(name);
}

/**
 * `error.log.2.gz` is older than `error.log.1`, which is older than `error.log-20260101`… (in their sort order), which
 * is older than `error.log`.
 */
function age(name: string): number {
  const [, number, date] = ROTATED.exec(name) ?? [];
  return number !== undefined ? Number(number) : date === undefined ? 0 : 0.5;
}

/** The error or access logs of a bundle: each with its rotated files, oldest first. */
export function logFilesOf(files: readonly BundleFile[], stem: 'error' | 'access'): BundleFile[][] {
  const logs = new Map<string, BundleFile[]>();
  for (const file of files) {
    if (!isLog(file.name, stem)) continue;
    const name = file.name.replace(ROTATED, '');
    logs.set(name, [...(logs.get(name) ?? []), file]);
  }
  return [...logs.values()].map((rotated) =>
    rotated.sort((a, b) => age(b.name) - age(a.name) || (a.name < b.name ? -1 : 1)),
  );
}
