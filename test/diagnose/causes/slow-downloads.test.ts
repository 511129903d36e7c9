import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told } from '../support/evidence-builder.ts';

const alert = (count: number, captures: Record<string, string> = {}) => ({
  count,
  level: 'alert' as const,
  captures: { slots: '128', ...captures },
});

describe('slow-downloads', () => {
  it('is certain when nearly every client has a full send queue (src/nginx/README.md §4.5)', () => {
    const diagnosis = conclude(
      evidence()
        .slots([127, 127])
        .sockets({ client: 125, clientSendQueued: 124 })
        .line('worker-connections', 1, alert(5)),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'slow-downloads', confidence: 'certain' });
  });

  it('is not named when a few clients read slowly', () => {
    const diagnosis = conclude(
      evidence().slots([127, 127]).sockets({ client: 62, upstream: 62, upstreamSilent: 60, clientSendQueued: 4 }),
    );
    expect(diagnosis.cause, told(diagnosis)).toBe('slow-upstream');
  });
});
