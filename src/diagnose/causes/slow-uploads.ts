/**
 * Clients send their request bodies slowly. Each holds a slot, and without request buffering an upstream connection
 * too.
 */
import type { Evidence } from '../../core/evidence.ts';
import { seconds } from '../../core/format.ts';
import type { Findings } from '../../findings/findings.ts';
import { type Cause, confirmed, type Judgement } from '../cause.ts';
import { fromStory, heldByOthers, occupancyItem, raiseSlots, slotStory } from '../slot-story.ts';
import { fix } from '../words.ts';

function fixes(evidence: Evidence) {
  const { settings } = evidence;
  const timeout = settings?.clientBodyTimeoutMs ?? null;
  const unbuffered = settings?.passes.find(({ requestBuffering }) => !requestBuffering.value) ?? null;
  const found = [];
  if (timeout !== null && timeout.value > 15_000) {
    found.push(
      fix({
        title: 'Time out silent uploads sooner',
        directive: 'client_body_timeout',
        from: seconds(timeout.value),
        to: '15s',
        place: timeout.place,
        snippet: 'client_body_timeout 15s;',
        effect: 'an upload that pauses for 15 s frees its slot (408); the pause counts, not the whole time',
        risk: 'uploads over very poor links may be cut',
      }),
    );
  }
  if (unbuffered !== null) {
    found.push(
      fix({
        title: 'Let nginx read the whole body before it connects to the upstream',
        directive: 'proxy_request_buffering',
        from: 'off',
        to: 'on',
        place: unbuffered.requestBuffering.place ?? unbuffered.place,
        snippet: 'proxy_request_buffering on;',
        effect: 'a slow upload holds one slot instead of two, and no upstream connection',
        risk: 'the body is written to disk when it exceeds client_body_buffer_size',
      }),
    );
  }
  return [...found, ...raiseSlots(evidence, 'memory; uploads as slow as these will use the larger pool too')];
}

function judge(evidence: Evidence, findings: Findings): Judgement {
  if (findings.occupancy.kind !== 'slow-uploads') return heldByOthers(findings);
  const story = slotStory(evidence, findings);
  if (story === null) return null;
  return confirmed({
    ...fromStory(story),
    confidence: 'likely',
    summary: `Slow uploads hold the slots: ${findings.occupancy.text}, and ${story.state}.`,
    evidenceFor: [occupancyItem(findings), ...story.evidence],
    fixes: fixes(evidence),
    doNot: ['Do not blame the upstream: its sockets are silent because the request has not arrived yet.'],
    nextChecks: ['sockets', 'clients', 'slots'],
  });
}

export const cause: Cause = {
  id: 'slow-uploads',
  kind: 'cause',
  title: 'Slow uploads',
  means:
    'Request bodies arrive slowly. nginx counts such clients as Writing, not Reading; with request buffering off each also holds an upstream connection.',
  looksLike:
    'Writing fills the slots while the client sockets keep receiving bytes; upstream sockets 0 (buffered) or all silent (unbuffered). A body timeout logs nothing, only a 408.',
  fix: 'Shorten client_body_timeout for silent uploads and leave proxy_request_buffering on, so that an upload does not hold an upstream connection too.',
  differsFrom: [
    { cause: 'slow-upstream', how: 'there the client sockets received nothing for long: the request is complete' },
    { cause: 'slow-clients', how: 'there not even the header is complete: Reading' },
  ],
  references: ['nginx src/http/ngx_http_request_body.c', 'nginx docs: ngx_http_proxy_module, proxy_request_buffering'],
  reads: ['worker-connections', 'worker-connections-upstream', 'slots', 'sockets', 'stub-status', 'settings'],
  consequences: ['slot-capacity', 'reuse-drops'],
  precedence: 45,
  judge,
};
