import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence } from '../support/evidence-builder.ts';
import { place } from '../support/settings-builder.ts';

const zone = {
  kind: 'limit_req_zone' as const,
  name: 'perip',
  key: '$binary_remote_addr',
  sizeBytes: 1_048_576,
  place: place(8),
};
const calm = () => evidence({ limitZones: [zone] }).slots([10, 10]);

describe('disk-full', () => {
  const disk = (freeBytes: number) => [{ path: '/var', freeBytes, totalBytes: 1e10 }];

  it('is certain for errno 28', () => {
    expect(
      conclude(
        calm()
          .system({ disks: disk(0) })
          .line('disk-full', 1, { count: 3, level: 'crit' }),
      ),
    ).toMatchObject({ cause: 'disk-full', severity: 'critical', losing: { now: true } });
  });

  it('names the file that could not be written, and no disk with room', () => {
    const diagnosis = conclude(
      calm()
        .system({ disks: disk(5e9) })
        .line('disk-full', 1, { level: 'crit', captures: { path: '/mnt/temp/0000000045' } }),
    );
    expect(diagnosis.summary).toContain('The file system of /mnt/temp/0000000045 is full: 1 write failed lately');
    expect(diagnosis.evidenceFor.map(({ signal }) => signal)).toEqual(['disk-full']);
  });

  it('is a warning while only log lines are lost', () => {
    const log = { target: '/var/log/a.log', formatName: 'combined', format: null, escape: 'default' as const };
    const accessLogs = [{ ...log, buffered: false, gzip: false, place: null }];
    const full = (path: string) =>
      conclude(evidence({ accessLogs }).slots([5, 5]).line('disk-full', 1, { level: 'crit', captures: { path } }));
    expect(full('/var/log/a.log')).toMatchObject({ cause: 'disk-full', severity: 'warning', losing: { now: false } });
    expect(full('/var/cache/b')).toMatchObject({ severity: 'critical', losing: { now: true } });
  });

  it('warns when nearly nothing is free, and is ruled out with room', () => {
    expect(conclude(calm().system({ disks: disk(5e7) }))).toMatchObject({ cause: 'disk-full', severity: 'warning' });
    expect(conclude(calm().system({ disks: disk(5e9) }))).toMatchObject({ verdict: 'healthy' });
  });
});
