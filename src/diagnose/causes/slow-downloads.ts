/** Clients read their responses slowly. Each holds its slot until the last byte is sent. */
import type { Evidence } from '../../core/evidence.ts';
import { seconds } from '../../core/format.ts';
import type { Findings } from '../../findings/findings.ts';
import { type Cause, confirmed, type Judgement } from '../cause.ts';
import { fromStory, heldByOthers, occupancyItem, raiseSlots, slotStory } from '../slot-story.ts';
import { fix } from '../words.ts';

function fixes(evidence: Evidence) {
  const { settings } = evidence;
  const timeout = settings?.sendTimeoutMs ?? null;
  const unbuffered = settings?.passes.find(({ buffering }) => !buffering.value) ?? null;
  const found = raiseSlots(
    evidence,
    'memory and descriptors (a download of a file takes two); slow clients will use them',
  );
  if (timeout !== null && timeout.value > 20_000) {
    found.push(
      fix({
        title: 'Drop clients that read nothing',
        directive: 'send_timeout',
        from: seconds(timeout.value),
        to: '20s',
        place: timeout.place,
        snippet: 'send_timeout 20s;',
        effect: 'a client that reads nothing for 20 s is dropped; only pauses count',
        risk: 'clients on very poor links may be cut',
      }),
    );
  }
  if (unbuffered !== null) {
    found.push(
      fix({
        title: 'Free the upstream before the client has read everything',
        directive: 'proxy_buffering',
        from: 'off',
        to: 'on',
        place: unbuffered.buffering.place ?? unbuffered.place,
        snippet: 'proxy_buffering on;',
        effect: 'the upstream leg and its slot are free as soon as the response is buffered',
        risk: 'streams (SSE) need X-Accel-Buffering: no',
      }),
    );
  }
  return found;
}

function judge(evidence: Evidence, findings: Findings): Judgement {
  const { occupancy } = findings;
  if (occupancy.kind !== 'slow-downloads') return heldByOthers(findings);
  const story = slotStory(evidence, findings);
  if (story === null) return null;
  return confirmed({
    ...fromStory(story),
    confidence: occupancy.source === 'sockets' && (occupancy.share ?? 0) > 0.5 ? 'certain' : 'likely',
    summary: `Clients that read slowly hold the slots: ${occupancy.text}, and ${story.state}.`,
    evidenceFor: [occupancyItem(findings), ...story.evidence],
    fixes: fixes(evidence),
    doNot: ['Do not raise the upstream’s timeouts: it has already answered.'],
    nextChecks: ['sockets', 'clients', 'fds'],
  });
}

export const cause: Cause = {
  id: 'slow-downloads',
  kind: 'cause',
  title: 'Slow downloads',
  means:
    'Responses leave slowly because clients (or their links) read them slowly. Each download holds a slot, and a descriptor for its file.',
  looksLike:
    'Writing fills the slots, nearly every client socket has bytes in its send queue, no request waits for an upstream; then "worker_connections are not enough" and resets.',
  fix: 'Shorten send_timeout for clients that read nothing, let buffering free the upstream early, and plan slots for the rest: slow readers are normal.',
  differsFrom: [
    { cause: 'slow-upstream', how: 'there nginx has nothing to send yet: send queues are empty' },
    { cause: 'slow-uploads', how: 'there clients are sending, not reading' },
  ],
  references: ['nginx src/http/ngx_http_write_filter_module.c', 'nginx docs: ngx_http_core_module, send_timeout'],
  reads: ['worker-connections', 'client-timed-out', 'slots', 'sockets', 'stub-status', 'settings'],
  consequences: ['slot-capacity', 'reuse-drops'],
  precedence: 48,
  judge,
};
