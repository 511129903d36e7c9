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

describe('rate-limited', () => {
  it('is information, by design (src/nginx/README.md §4.14)', () => {
    const diagnosis = conclude(calm().line('limit-req', 1, by('203.0.113.9', 40)));
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'rate-limited',
      severity: 'info',
      losing: { now: false },
    });
  });

  it('is not named for a dry run', () => {
    expect(
      conclude(
        calm().line('limit-req', 1, { count: 9, captures: { zone: 'perip', client: '203.0.113.9', dry: ', dry run' } }),
      ),
    ).toMatchObject({ verdict: 'healthy' });
  });
});
