import { describe, expect, it } from 'vitest';
import { verifyFixes } from '../../src/diagnose/verify-fix.ts';
import { fix } from '../../src/diagnose/words.ts';
import { evidence } from './support/evidence-builder.ts';

const raise = fix({
  title: 't',
  directive: 'worker_connections',
  from: 128,
  to: 256,
  snippet: 's',
  effect: 'e',
  risk: 'r',
});

describe('a fix', () => {
  it('has landed when the running workers have it', () => {
    const checks = verifyFixes([raise], evidence().slots([5, 5], undefined, 256).build());
    expect(checks.map(({ text }) => text)).toEqual(['worker_connections 256 is in force on 2 of 2 workers']);
  });

  it('has landed in part while old limits are still in force', () => {
    const mixed = [
      { pid: 1, used: 5, limit: 128, method: 'exact' as const },
      { pid: 2, used: 5, limit: 256, method: 'exact' as const },
    ];
    expect(verifyFixes([raise], evidence().sample('slots', 0, { workers: mixed, old: [] }).build())).toMatchObject([
      { landed: 1, of: 2 },
    ]);
  });

  it('has not landed by standing in the configuration', () => {
    const configured = { workerConnections: { value: 256, place: null } };
    expect(verifyFixes([raise], evidence(configured).slots([5, 5], undefined, 128).build())).toEqual([]);
  });

  it('cannot have landed where no figure of before is known', () => {
    const unknown = fix({ title: 't', directive: 'LimitNOFILE', snippet: 's', effect: 'e', risk: 'r' });
    expect(verifyFixes([unknown], evidence().fds(5, 1024).build())).toEqual([]);
  });

  it('has not landed because another listener has had a longer queue all along', () => {
    const queues = (own: number) => ({
      queues: [
        { address: '0.0.0.0:80', recvQ: 0, backlog: own, inode: 1 },
        { address: '127.0.0.1:8080', recvQ: 0, backlog: 511, inode: 2 },
      ],
    });
    const snippet = 'sysctl -w net.core.somaxconn=64\nlisten 0.0.0.0:80 backlog=64;';
    const longer = fix({
      title: 't',
      directive: 'listen … backlog',
      from: 16,
      to: 64,
      snippet,
      effect: 'e',
      risk: 'r',
    });
    const given = (own: number) => verifyFixes([longer], evidence().sample('listeners', 0, queues(own)).build());
    expect(given(16)).toEqual([]);
    expect(given(64).map(({ text }) => text)).toEqual(['listen … backlog 64 is in force on 1 of 1 accept queues']);
  });
});
