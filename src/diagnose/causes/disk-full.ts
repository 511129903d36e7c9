/**
 * A file system that nginx writes to is full. Request bodies, buffered responses, cache entries and log lines cannot be
 * written.
 */

import { NOT_LOSING } from '../../core/diagnosis.ts';
import type { Evidence } from '../../core/evidence.ts';
import { percent, plural } from '../../core/format.ts';
import type { Findings } from '../../findings/findings.ts';
import { isActive, type Lines } from '../../findings/log.ts';
import { linesLost } from '../../findings/loss.ts';
import { seen } from '../../findings/samples.ts';
import { type Cause, confirmed, type Judgement, ruledOut } from '../cause.ts';
import { lineItems } from '../line-items.ts';
import { fix, item } from '../words.ts';

const LOW_RATIO = 0.01;

const FIXES = [
  fix({
    title: 'Free space and reopen the logs',
    snippet: `df -h; df -i; du -xsh /var/log/nginx /var/cache/nginx /var/lib/nginx 2>/dev/null\nlsof +L1 -c nginx   # deleted logs that are still open\nnginx -s reopen`,
    effect: 'a deleted log frees its space only when nginx reopens it',
    risk: 'none',
  }),
];

/** True when only log lines are lost and nginx still answers. */
function onlyLogs({ settings }: Evidence, lines: Lines | null): boolean {
  const logs = new Set([...(settings?.accessLogs ?? []), ...(settings?.errorLogs ?? [])].map(({ target }) => target));
  return lines?.signals.every(({ captures: { path } }) => path !== undefined && logs.has(path)) ?? false;
}

function placeOf(low: string | null, lines: Lines | null): string {
  const path = lines?.newest.captures.path;
  return low ?? (path === undefined ? 'A file system nginx writes to' : `The file system of ${path}`);
}

function judge(evidence: Evidence, findings: Findings): Judgement {
  const lines = findings.lines('disk-full');
  const disks = seen(evidence, 'system').at(-1)?.data.disks ?? [];
  const share = (disk: (typeof disks)[number]) => (disk.totalBytes > 0 ? disk.freeBytes / disk.totalBytes : 1);
  const fullest = disks.toSorted((a, b) => share(a) - share(b))[0] ?? null;
  const low = fullest !== null && share(fullest) < LOW_RATIO;
  if (!isActive(lines) && !low)
    return lines === null && fullest !== null ? ruledOut(`${fullest.path} has ${percent(share(fullest))} free`) : null;
  const diskItems =
    fullest === null || !low
      ? []
      : [
          item('system.disk_free_ratio', {
            value: share(fullest),
            unit: 'ratio',
            threshold: LOW_RATIO,
            text: `${fullest.path} has ${Math.round(fullest.freeBytes / 1_048_576)} MiB free (${percent(share(fullest))})`,
            at: evidence.asOf,
          }),
        ];
  const logged = lineItems('disk-full', lines, (it) => `${plural(it.count, 'write')} failed (errno 28)`);
  const logs = onlyLogs(evidence, lines);
  const where = placeOf(low ? fullest.path : null, lines);
  return confirmed({
    confidence: 'certain',
    severity: isActive(lines) && !logs ? 'critical' : 'warning',
    losing: logs ? NOT_LOSING : linesLost(lines, 'requests whose body or response could not be stored'),
    since: lines?.firstAt ?? null,
    summary: isActive(lines)
      ? `${where} is full: ${plural(lines.recent, 'write')} failed lately, so ${logs ? 'log lines are lost; clients are served' : 'large bodies and responses end in errors'}.`
      : `${where} is nearly full (${percent(fullest === null ? 0 : share(fullest))} free).`,
    evidenceFor: [...logged, ...diskItems],
    fixes: FIXES,
    doNot: ['Do not delete the log that nginx writes to: the space stays taken until it is reopened.'],
    nextChecks: ['system', 'log'],
  });
}

export const cause: Cause = {
  id: 'disk-full',
  kind: 'cause',
  title: 'Disk full',
  means: 'The file system of logs, temporary files or the cache has no room (or no inodes).',
  looksLike:
    '"(28: No space left on device)" on write(), pwritev() or open(); 500 for uploads and large responses; logs end abruptly.',
  fix: 'Free space or inodes on that file system, have nginx reopen its logs (USR1), and bound what grows: log rotation, proxy_cache_path max_size, proxy_max_temp_file_size.',
  differsFrom: [{ cause: 'shared-zone-full', how: 'there it is shared memory that is full' }],
  references: ['man 2 write, ENOSPC', 'nginx docs: ngx_http_proxy_module, proxy_cache_path'],
  reads: ['disk-full', 'system'],
  consequences: [],
  precedence: 16,
  judge,
};
