import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told } from '../support/evidence-builder.ts';
import { place, upstream } from '../support/settings-builder.ts';

const alert = (count: number, captures: Record<string, string> = {}) => ({
  count,
  level: 'alert' as const,
  captures: { slots: '128', ...captures },
});
const leg = { phase: 'connecting to upstream', upstream: 'http://127.0.0.1:9000/x', client: '192.0.2.7' };

describe('non-client-slots', () => {
  it('is certain for idle upstream pools (src/nginx/README.md §4.12)', () => {
    const pools = { upstreams: [upstream('app', ['127.0.0.1:9000'], { keepalive: { value: 120, place: place(13) } })] };
    const diagnosis = conclude(
      evidence(pools)
        .slots([126, 20])
        .sockets({ client: 1, upstream: 123, upstreamSilent: 2 })
        .page({ active: 2, writing: 1, waiting: 1 })
        .line('worker-connections-reuse', 1, { level: 'warn' }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'non-client-slots', confidence: 'certain' });
    expect(diagnosis.fixes[0]).toMatchObject({ directive: 'keepalive', from: '120', to: '8', line: 13 });
  });

  it('counts every pool that keeps a connection, and no other', () => {
    const keeping = (name: string, value: number | null) =>
      upstream(name, ['127.0.0.1:9000'], { keepalive: value === null ? null : { value, place: place(13) } });
    const { summary } = conclude(
      evidence({ upstreams: [keeping('a', 120), keeping('b', 1), keeping('c', null)] })
        .slots([126, 20])
        .sockets({ client: 1, upstream: 123, upstreamSilent: 2 })
        .page({ active: 2, writing: 1, waiting: 1 })
        .line('worker-connections-reuse', 1, { level: 'warn' }),
    );
    expect(summary).toContain('without a client (2 keepalive pools)');
  });

  it('is certain for mirrors to a hung backend', () => {
    const diagnosis = conclude(
      evidence({ usesMirror: true })
        .slots([127])
        .sockets({ client: 26, upstream: 99, upstreamSilent: 99 })
        .page({ active: 26, writing: 26 })
        .line('worker-connections-upstream', 1, alert(8, { ...leg, subrequest: '/m4' })),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'non-client-slots' });
    expect(diagnosis.summary).toContain('Subrequests');
  });

  it('is likely from the log alone when the refused legs are subrequests', () => {
    expect(
      conclude(evidence(null).line('worker-connections-upstream', 1, alert(8, { ...leg, subrequest: '/m4' }))),
    ).toMatchObject({ cause: 'non-client-slots', confidence: 'likely' });
  });

  it('is not named when each stream of a few HTTP/2 clients waits for the backend', () => {
    const diagnosis = conclude(
      evidence({ usesHttp2: true })
        .slots([126, 20])
        .sockets({ client: 3, upstream: 120, upstreamSilent: 119 })
        .page({ active: 5, writing: 100, waiting: 0 }),
    );
    expect(diagnosis.cause, told(diagnosis)).toBe('slow-upstream');
  });
});
