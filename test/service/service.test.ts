import { expect, it } from 'vitest';
import { configSchema } from '../../src/config/schema.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { demoAgent } from '../../src/demo/demo-host.ts';
import type { AgentSink } from '../../src/service/agent.ts';
import { createService } from '../../src/service/service.ts';
import { openStore } from '../../src/store/store.ts';
import { clockAt } from '../support/clock-at.ts';
import { PARTS } from '../support/parts.ts';

const NOW = Date.parse('2026-11-21T09:00:00Z');

it('keeps the counts of response times for the digest only', () => {
  const store = openStore(':memory:');
  let sink: AgentSink | null = null;
  const service = createService({
    config: configSchema.parse({}),
    host: 'web-1',
    store,
    ...PARTS,
    causes: [],
    clock: clockAt(() => NOW),
    logger: silentLogger,
    events: null,
    makeAgent(options) {
      sink = options.sink;
      return demoAgent(options.sink, NOW, [10]);
    },
    onChange: () => {},
  });
  const times = { p50: 20, p95: 20, p99: 20, max: 20 };
  const upstream = { peer: '10.0.0.5:80', requests: 2, errors5xx: 0, connectMs: null, headerMs: null };
  const data = {
    intervalMs: 5_000,
    requests: 2,
    unparsed: 0,
    status: { 200: 2 },
    requestMs: null,
    upstreams: [{ ...upstream, responseMs: times, responseCounts: [[20, 2]] as const }],
    topClients: [],
  };
  (sink as AgentSink | null)?.samples([{ probe: 'access', at: NOW, ok: true, data }]);
  expect(store.latencies.query(NOW, NOW + 1).get('10.0.0.5:80')).toEqual(new Map([[20, 2]]));
  expect(JSON.stringify(store.journal.samples(0))).not.toContain('responseCounts');
  expect(service.evidence().latest.access).toMatchObject({ data: { upstreams: [{ ...upstream, responseMs: times }] } });
  expect(JSON.stringify(service.evidence().latest.access)).not.toContain('responseCounts');
});
