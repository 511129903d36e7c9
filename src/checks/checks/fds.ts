/**
 * Checks the open files of each worker against the soft limit of the same process. The limits of a shell or of the
 * master do not count.
 */
import type { Evidence } from '../../core/evidence.ts';
import { duration, percent, plural } from '../../core/format.ts';
import type { CheckResult } from '../../core/report.ts';
import type { FdsData, FdUse } from '../../core/samples/fds.ts';
import type { Findings } from '../../findings/findings.ts';
import { isActive } from '../../findings/log.ts';
import { answer, type Check, couldNotLook, grade, worst } from '../answer.ts';
import { newest } from '../look.ts';
import { workerPids } from '../shell.ts';
import { FULL_RATIO } from '../thresholds.ts';
import { rounded } from '../words.ts';

export const check: Check = {
  id: 'fds',
  place: 50,
  does: 'open files per worker against its soft limit',
  judge: checkFds,
};

function checkFds(evidence: Evidence, findings: Findings): CheckResult {
  const equivalent =
    `for p in ${workerPids(evidence)}; do echo "$p $(ls /proc/$p/fd | wc -l)` +
    ` of $(awk '/^Max open files/ {print $4}' /proc/$p/limits)"; done`;
  const seen = newest(evidence, 'fds');
  if (!seen.ok) {
    const remedy = 'Run gapwatch as root, or as the user nginx runs as';
    return couldNotLook('fds', evidence, seen, { what: "The workers' open files", remedy, equivalent });
  }
  const uses = seen.data.workers.map(withRatio).toSorted((a, b) => (b.usedRatio ?? 0) - (a.usedRatio ?? 0));
  const [fullest] = uses;
  const { systemUsed, systemMax } = seen.data;
  const { descriptors, thresholds } = findings;
  const systemRatio = descriptors.systemUsedRatio ?? 0;
  const lines = [descriptors.emfile, descriptors.enfile].filter(isActive).reduce((sum, { count }) => sum + count, 0);
  const byMaster = isActive(descriptors.masterEmfile) ? descriptors.masterEmfile.count : 0;
  return answer('fds', evidence, {
    status: worst(
      fullest === undefined ? 'unknown' : grade(fullest.usedRatio ?? 0, thresholds.fdsHighRatio, FULL_RATIO),
      grade(systemRatio, thresholds.fdsHighRatio, FULL_RATIO),
      lines > 0 ? 'critical' : byMaster > 0 || descriptors.imminent ? 'warning' : 'ok',
    ),
    text: [
      fullest === undefined ? 'No process of nginx could be read.' : fullestText(fullest, uses.length),
      lines > 0
        ? `The error log has ${plural(lines, 'line')} about too many open files: connections hang or get a 500.`
        : null,
      descriptors.imminent ? `It is full in ${duration((descriptors.hottest?.secondsToFull ?? 0) * 1000)}.` : null,
      byMaster > 0
        ? `The master ran out of open files (${plural(byMaster, 'line')}): it could not load a configuration.`
        : null,
      systemRatio >= thresholds.fdsHighRatio ? `The host has ${systemUsed} of ${systemMax} files open.` : null,
    ],
    values: valuesOf(seen.data, uses, lines + byMaster),
    equivalent,
    basis: [seen],
  });
}

type RatedUse = FdUse & { readonly usedRatio: number | null };

function valuesOf(data: FdsData, uses: readonly RatedUse[], lines: number): CheckResult['values'] {
  const [fullest] = uses;
  return {
    fullestPid: fullest?.pid ?? null,
    usedFds: fullest?.used ?? null,
    softLimitFds: fullest?.soft ?? null,
    hardLimitFds: fullest?.hard ?? null,
    usedRatio: fullest?.usedRatio ?? null,
    masterUsedFds: data.master?.used ?? null,
    masterSoftLimitFds: data.master?.soft ?? null,
    systemUsedFds: data.systemUsed,
    systemMaxFds: data.systemMax,
    emfileLines: lines,
    processes: uses,
  };
}

function withRatio(use: FdUse): RatedUse {
  return { ...use, usedRatio: use.soft === null ? null : rounded(use.used / use.soft) };
}

function fullestText({ pid, used, soft, usedRatio }: RatedUse, count: number): string {
  const who = count === 1 ? `Process ${pid}` : `The fullest of ${count} processes (pid ${pid})`;
  if (soft === null || usedRatio === null) return `${who} has ${plural(used, 'file')} open, without a limit.`;
  return `${who} has ${used} of ${plural(soft, 'file')} open: ${percent(usedRatio)}.`;
}
