import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told } from '../support/evidence-builder.ts';
import { place } from '../support/settings-builder.ts';

const zone = {
  kind: 'limit_req_zone' as const,
  name: 'perip',
  key: '$binary_remote_addr',
  sizeBytes: 1_048_576,
  place: place(8),
};
const calm = () => evidence({ limitZones: [zone] }).slots([10, 10]);
const by = (client: string, count: number) => ({ count, captures: { zone: 'perip', client } });

describe('shared-zone-full', () => {
  it('is certain, with the zone’s size and place', () => {
    const diagnosis = conclude(
      calm().line('zone-full', 1, { count: 4, captures: { zone: 'perip', kind: 'limit_req zone' } }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'shared-zone-full',
      confidence: 'certain',
      severity: 'critical',
    });
    expect(diagnosis.fixes[0]).toMatchObject({ from: '1m', to: '4m', line: 8 });
  });

  it('names a zone below one MiB by its kibibytes', () => {
    const small = evidence({ limitZones: [{ ...zone, sizeBytes: 32_768 }] }).slots([10, 10]);
    const diagnosis = conclude(small.line('zone-full', 1, { captures: { zone: 'perip', kind: 'limit_req zone' } }));
    expect(diagnosis.summary).toContain('Shared memory zone perip (32k)');
    expect(diagnosis.fixes[0]).toMatchObject({ from: '32k', to: '1m' });
  });

  it('is not named for a rejection by a zone with room', () => {
    expect(conclude(calm().line('limit-req', 1, by('203.0.113.9', 4))).cause).toBe('rate-limited');
  });
});
