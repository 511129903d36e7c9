/** A shared memory zone is full. Limits reject new keys; caches and sessions lose entries. */

import type { Fix } from '../../core/diagnosis.ts';
import type { Evidence } from '../../core/evidence.ts';
import { plural, where } from '../../core/format.ts';
import type { LimitZone } from '../../core/settings.ts';
import type { Findings } from '../../findings/findings.ts';
import { commonest, isActive } from '../../findings/log.ts';
import { linesLost } from '../../findings/loss.ts';
import { configWord } from '../../nginx/config-word.ts';
import { type Cause, confirmed, type Judgement } from '../cause.ts';
import { lineItems } from '../line-items.ts';
import { fix, item } from '../words.ts';

const MEBIBYTE = 1_048_576;

/** nginx writes sizes in whole mebibytes, else in kibibytes. */
function nginxSize(bytes: number): string {
  return bytes % MEBIBYTE === 0 ? `${bytes / MEBIBYTE}m` : `${Math.ceil(bytes / 1024)}k`;
}

function fixes(set: LimitZone | null, zone: string | null): Fix[] {
  const to = nginxSize(Math.max(MEBIBYTE, (set?.sizeBytes ?? 10 * MEBIBYTE) * 4));
  return [
    fix({
      title: 'Enlarge the zone',
      directive: set?.kind ?? null,
      from: set === null ? null : nginxSize(set.sizeBytes),
      to,
      place: set?.place ?? null,
      snippet:
        set === null
          ? configWord(`zone=${zone ?? 'NAME'}:${to}`)
          : `${set.kind} ${configWord(set.key)} ${configWord(`zone=${set.name}:${to}`)} …;`,
      effect: 'about 16,000 addresses for each MiB of a limit_req zone keyed on $binary_remote_addr (64 bytes each)',
      risk: 'a changed size takes effect for a limit zone at reload with an empty zone',
    }),
  ];
}

function judge(evidence: Evidence, findings: Findings): Judgement {
  const full = findings.lines('zone-exhausted');
  if (!isActive(full)) return null;
  const zone = commonest(full, 'zone')?.value ?? null;
  const kind = commonest(full, 'kind')?.value ?? '';
  const set = evidence.settings?.limitZones.find(({ name }) => name === zone) ?? null;
  const limits = set !== null || kind.includes('limit');
  const rejected = findings.access.status(503) > 0;
  const locked = findings.lines('zone-locked');
  const losing =
    limits && (rejected || !findings.access.known)
      ? linesLost(full, '503s of a limit whose zone is full')
      : findings.loss.on();
  const lockedItems = lineItems(
    'zone-locked',
    locked,
    (it) => `zone ${it.newest.captures.zone ?? '?'} was locked by a worker that died`,
  );
  return confirmed({
    confidence: 'certain',
    severity: losing.now ? 'critical' : 'warning',
    losing,
    since: full.firstAt,
    summary: `Shared memory zone ${zone ?? '(not named in the log)'}${set === null ? '' : ` (${nginxSize(set.sizeBytes)})`}${where(set?.place)} is full: ${plural(full.recent, 'allocation')} failed lately${limits ? '; new keys are rejected' : ''}.`,
    evidenceFor: [
      item(full.newest.pattern, {
        value: full.count,
        unit: 'lines',
        text: `${plural(full.count, 'allocation')} failed${kind === '' ? '' : ` in ${kind}`}`,
        at: full.lastAt,
      }),
      ...lockedItems,
    ],
    fixes: fixes(set, zone),
    doNot: [
      'Do not key a zone on $remote_addr or $request_uri: text keys take several times the room of $binary_remote_addr.',
    ],
    nextChecks: ['config', 'log'],
  });
}

export const cause: Cause = {
  id: 'shared-zone-full',
  kind: 'cause',
  title: 'Shared memory zone full',
  means: 'A zone of limit_req, limit_conn, a cache or TLS sessions cannot take another entry.',
  looksLike:
    '"could not allocate node in limit_conn_zone", "ngx_slab_alloc() failed: no memory in … zone"; 503 for new keys, sessions or cache entries lost. A module that does not check may crash on it.',
  fix: 'Enlarge the zone that the message names and reload; one megabyte holds about 8,000 limit_req states on a 64-bit host.',
  differsFrom: [{ cause: 'rate-limited', how: 'there the client was over its allowance' }],
  references: ['nginx src/core/ngx_slab.c', 'nginx docs: ngx_http_limit_req_module, limit_req_zone'],
  reads: ['zone-exhausted', 'zone-locked', 'access', 'settings'],
  consequences: ['worker-crash'],
  precedence: 7,
  judge,
};
