import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told } from '../support/evidence-builder.ts';

const calm = () => evidence().slots([10, 10]);

describe('upstream-tls', () => {
  it('is certain when handshakes fail', () => {
    const line = {
      count: 3,
      captures: {
        phase: 'SSL handshaking to upstream',
        upstream: 'https://10.0.0.5:443/x',
        reason: 'SSL: error:0A000438:tlsv1 alert internal error',
      },
    };
    const diagnosis = conclude(calm().line('upstream-tls-failed', 1, line));
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'upstream-tls', confidence: 'certain' });
    expect(diagnosis.fixes[0]).toMatchObject({ directive: 'proxy_ssl_server_name', to: 'on' });
  });

  it('is not named for handshakes with clients', () => {
    expect(
      conclude(calm().line('client-tls-failed', 1, { count: 9, captures: { phase: 'SSL handshaking' } })),
    ).toMatchObject({ verdict: 'healthy' });
  });
});
