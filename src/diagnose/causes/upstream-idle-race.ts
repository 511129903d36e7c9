/** The backend closes an idle keep-alive connection at the moment nginx sends the next request over it. */
import type { Evidence } from '../../core/evidence.ts';
import { percent, plural } from '../../core/format.ts';
import type { Findings } from '../../findings/findings.ts';
import { passedUpstreams } from '../../findings/upstream-keepalive.ts';
import { brokenUpstream, MOST_BREAK } from '../broken-upstream.ts';
import { type Cause, confirmed, type Judgement, ruledOut } from '../cause.ts';
import { fix } from '../words.ts';

function judge(evidence: Evidence, findings: Findings): Judgement {
  const broken = brokenUpstream(evidence, findings);
  if (broken === null) return null;
  const { story, keepalive, share, comesAndGoes, wentAway, death, ejected, brokeDown, repeated } = broken;
  if (keepalive === 'off' || keepalive === 'ineffective')
    return ruledOut('nginx does not keep connections to this upstream open');
  if (comesAndGoes || wentAway || brokeDown) return ruledOut(`${story.name} also refuses connections`);
  if (repeated) return ruledOut('one request broke again at each new attempt, which no idle connection explains');
  if (death !== null || ejected || (share ?? 0) >= MOST_BREAK)
    return ruledOut('too many requests fail for a race in closing idle connections');
  const pair = passedUpstreams(evidence).find(({ state }) => state === 'on') ?? null;
  const rare = share === null ? '' : ` (${percent(share)} of the requests)`;
  return confirmed({
    confidence: keepalive === 'on' && share !== null ? 'likely' : 'possible',
    severity: broken.severity,
    losing: story.losing,
    since: story.lines.firstAt,
    failed: story.failed,
    summary: `${story.name} closes kept connections just as nginx reuses them: ${plural(story.lines.recent, 'connection')} broke lately${rare}; ${story.cost}.`,
    evidenceFor: story.evidence,
    fixes: [
      fix({
        title: 'Let nginx close idle upstream connections first',
        directive: 'keepalive_timeout',
        from: '60s',
        to: '20s',
        place: pair?.upstream.keepalive?.place ?? null,
        snippet: 'upstream … {\n  keepalive_timeout 20s;   # below the backend’s own idle timeout\n}',
        effect: 'nginx drops a connection before the backend does, so it never sends into a closing one',
        risk: 'a few more connects to the backend',
      }),
    ],
    doNot: ['Do not switch upstream keep-alive off: each request would cost a connect and a TIME_WAIT port.'],
    nextChecks: ['upstreams', 'config'],
  });
}

export const cause: Cause = {
  id: 'upstream-idle-race',
  kind: 'cause',
  title: 'Race with the backend’s idle timeout',
  means:
    'The backend’s keep-alive timeout is shorter than nginx’s, so it sometimes closes a connection while a request is on its way.',
  looksLike:
    'A small, steady share of "upstream prematurely closed connection" or "(104: Connection reset by peer)" while reading the response header, at quiet times more than under load; 502 for requests that may not be retried.',
  fix: 'Make nginx close first: keepalive_timeout in the upstream block below the backend’s own idle timeout.',
  differsFrom: [
    { cause: 'upstream-crash', how: 'there many requests break, also on new connections, and the backend restarts' },
  ],
  references: [
    'nginx src/http/modules/ngx_http_upstream_keepalive_module.c',
    'nginx docs: ngx_http_upstream_module, keepalive_timeout',
  ],
  reads: ['upstream-broke', 'access', 'stub-status', 'settings'],
  consequences: [],
  precedence: 88,
  judge,
};
