/** An incident with every part filled, to be changed where a test needs it. */
import type { Diagnosis } from '../../../src/core/diagnosis.ts';
import type { Incident, IncidentChange, IncidentChangeKind } from '../../../src/core/incident.ts';

export const NOW = Date.parse('2026-11-21T12:00:00.000Z');

export function diagnosis(over: Partial<Diagnosis> = {}): Diagnosis {
  return {
    verdict: 'named',
    cause: 'slow-upstream',
    alsoPresent: ['slot-capacity'],
    confidence: 'certain',
    severity: 'critical',
    losing: { now: true, perSecond: 12.4, total: 730, how: 'connections reset by a full worker' },
    since: '2026-11-21T11:58:00.000Z',
    asOf: '2026-11-21T12:00:00.000Z',
    summary: '127.0.0.1:9000 answers in 4.8 s and fills all 512 slots of worker 4711.',
    evidenceFor: [
      {
        signal: 'slots.used_ratio',
        value: 1,
        unit: 'ratio',
        threshold: 0.97,
        text: 'Worker 4711 uses 512 of 512 slots.',
        at: '2026-11-21T12:00:00.000Z',
      },
    ],
    ruledOut: [{ cause: 'fd-exhaustion', because: '1030 of 8192 descriptors are used.' }],
    notObservable: [
      { what: 'upstream times', because: 'the log format lacks them', remedy: 'log_format … $upstream_response_time' },
    ],
    fixes: [
      {
        title: 'Answer slow requests with an error sooner',
        directive: 'proxy_read_timeout',
        from: '60s',
        to: '5s',
        file: '/etc/nginx/nginx.conf',
        line: 23,
        snippet: 'proxy_read_timeout 5s;',
        effect: 'Frees a slot after 5 s instead of 60 s.',
        risk: 'Requests that take longer fail with 504.',
      },
    ],
    doNot: ['Do not raise worker_connections: the backend stays as slow and holds more slots'],
    nextChecks: ['upstreams'],
    ...over,
  };
}

export function incident(over: Partial<Incident> = {}): Incident {
  return {
    id: 'inc-mi8zk0-1a2b',
    host: 'web-1',
    cause: 'slow-upstream',
    severity: 'critical',
    state: 'open',
    openedAt: NOW - 120_000,
    changedAt: NOW,
    resolvedAt: null,
    rev: 1,
    diagnosis: diagnosis(),
    peakLostPerSecond: 14,
    lostTotal: 730,
    acknowledgedBy: null,
    acknowledgedAt: null,
    snoozedUntil: null,
    formerCauses: [],
    ...over,
  };
}

export function change(kind: IncidentChangeKind, over: Partial<Incident> = {}, text = `it is ${kind}`): IncidentChange {
  const now = incident(over);
  return { kind, at: now.changedAt, incident: now, text };
}
