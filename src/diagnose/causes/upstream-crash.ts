/**
 * The backend crashes or drops requests while it works on them. Its connections break before the answer is complete.
 */
import type { Confidence } from '../../core/diagnosis.ts';
import type { Evidence } from '../../core/evidence.ts';
import { percent, plural } from '../../core/format.ts';
import type { Findings } from '../../findings/findings.ts';
import { type BrokenUpstream, brokenUpstream, MOST_BREAK } from '../broken-upstream.ts';
import { type Cause, confirmed, type Judgement, ruledOut } from '../cause.ts';
import { fix } from '../words.ts';

function confidenceOf(broken: BrokenUpstream): Confidence {
  const { comesAndGoes, brokeDown, death, ejected, repeated, alone, keepalive, share, story } = broken;
  if (death !== null || (comesAndGoes && story.lines.count > 1)) return 'certain';
  if (
    comesAndGoes ||
    brokeDown ||
    repeated ||
    (ejected && !alone && story.lines.recent > 1) ||
    (share ?? 0) >= MOST_BREAK
  )
    return 'likely';
  if (ejected) return 'possible';
  return keepalive === 'off' || keepalive === 'ineffective' ? 'likely' : 'possible';
}

/** Few requests break and all are refused: the servers run, and max_fails makes nginx skip them. */
function answersMost({ comesAndGoes, brokeDown, death, ejected, ejectedForFew, share }: BrokenUpstream): boolean {
  if (!ejected || comesAndGoes || brokeDown || death !== null) return false;
  return ejectedForFew || (share !== null && share < MOST_BREAK / 2);
}

const FIXES = [
  fix({
    title: 'Find out why the backend’s process ends',
    snippet: 'journalctl -u BACKEND --since -15min; dmesg -T | grep -Ei "killed process|segfault"; coredumpctl list',
    effect: 'a crash, an out-of-memory kill and the backend’s own request timeout look the same to nginx',
    risk: 'none',
  }),
];

function judge(evidence: Evidence, findings: Findings): Judgement {
  const broken = brokenUpstream(evidence, findings);
  if (broken === null) return null;
  const { story, death, share, comesAndGoes } = broken;
  if (broken.wentAway && death === null)
    return ruledOut(`connections to ${story.name} broke only as it went away; since then nothing listens there`);
  if (answersMost(broken))
    return ruledOut(
      share === null
        ? `${plural(story.lines.recent, 'request')} broke, and many more were refused because nginx then skips ${story.name}`
        : `${story.name} answers most requests that reach it (${percent(share)} break); nginx skips it because of those`,
    );
  const confidence = confidenceOf(broken);
  if (confidence === 'possible' && broken.keepalive === 'on' && share !== null) {
    return ruledOut(
      `only ${percent(share)} of the requests break, on connections that are kept open: that is the idle-timeout race`,
    );
  }
  const proof =
    death !== null
      ? `; ${death}`
      : comesAndGoes
        ? '; in between it refuses connections'
        : broken.brokeDown
          ? '; now it refuses connections'
          : '';
  return confirmed({
    confidence,
    severity: broken.severity,
    losing: story.losing,
    since: story.lines.firstAt,
    failed: story.failed,
    summary: `${story.name} breaks connections before it has answered: ${plural(story.lines.recent, 'connection')} lately${share === null ? '' : ` (${percent(share)} of the requests)`}${proof}; ${story.cost}.`,
    evidenceFor: story.evidence,
    fixes: FIXES,
    doNot: ['Do not hide it with proxy_next_upstream for requests that are not idempotent: they would run twice.'],
    nextChecks: ['upstreams', 'log', 'system'],
  });
}

export const cause: Cause = {
  id: 'upstream-crash',
  kind: 'cause',
  title: 'Backend crashes while answering',
  means:
    'The backend accepts requests and its process ends, is killed, or closes the connection before the answer is complete.',
  looksLike:
    '"upstream prematurely closed connection" or "(104: Connection reset by peer) while reading response header from upstream", 502; often refused connects while it restarts, then "no live upstreams".',
  fix: 'Read the backend’s own log at that second (exception, OOM kill, worker timeout); nginx only sees the connection end.',
  differsFrom: [
    {
      cause: 'upstream-idle-race',
      how: 'there only connections that were kept open break, for a small share of the requests',
    },
    { cause: 'upstream-down', how: 'there nothing listens at all' },
  ],
  references: ['nginx src/http/ngx_http_upstream.c ngx_http_upstream_process_header()'],
  reads: ['upstream-broke', 'process-died', 'access', 'stub-status', 'settings'],
  consequences: ['upstream-down', 'upstream-ejected'],
  precedence: 76,
  judge,
};
