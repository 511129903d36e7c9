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
    expect(checks.map(({ text }) => text)).toEqual(['worker_connections 256 landed on 2 of 2 workers']);
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
});
