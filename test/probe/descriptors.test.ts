/** Descriptors of a process with thousands: a sample of them says what the others are, at a bounded cost. */
import { describe, expect, it } from 'vitest';
import { type Descriptors, descriptorCount, lookAtDescriptors } from '../../src/probe/descriptors.ts';
import { RecordedHost } from './support/recorded-host.ts';

const LIMIT = 1024;
const HEAD = 128;

/** Process 11 with a table of `size` descriptors; `targetOf` answers null for a hole. */
function processWith(size: number, targetOf: (fd: number) => string | null): RecordedHost {
  const links = Array.from({ length: size }, (_, fd) => [`/proc/11/fd/${fd}`, targetOf(fd)] as const).flatMap(
    ([path, target]) => (target === null ? [] : [[path, target] as const]),
  );
  return new RecordedHost({
    files: { '/proc/11/status': `Name:\tnginx\nFDSize:\t${size}\nGroups:\t\n` },
    links: Object.fromEntries(links),
    fdCounts: { '/proc/11/fd': links.length },
  });
}

const look = async (host: RecordedHost): Promise<Descriptors> =>
  lookAtDescriptors(host, 11, { total: await descriptorCount(host, 11), limit: LIMIT });

const sockets = ({ socketInodes, spreadInodes, spreadWeight }: Descriptors): number =>
  socketInodes.length + spreadInodes.length * spreadWeight;

const share = (of: number, all: number): number => Math.abs(of / all - 1);

describe('few descriptors', () => {
  it('are all looked at', async () => {
    const host = processWith(LIMIT, (fd) => (fd < 10 ? '/var/log/nginx/access.log' : `socket:[${fd}]`));
    const seen = await look(host);
    expect(seen).toMatchObject({ total: LIMIT, complete: true, spreadInodes: [] });
    expect(seen.socketInodes.length).toBe(LIMIT - 10);
  });
});

describe('thousands of descriptors', () => {
  const everySecondIsAFile = (fd: number) => (fd % 2 === 0 ? `socket:[${fd}]` : '/var/cache/nginx/file');

  it.each([
    ['listed', HEAD + 4 * (LIMIT - HEAD)],
    ['guessed', 16_384],
  ])('are counted from a sample that falls in step with no order of theirs when %s', async (_how, size) => {
    const host = processWith(size, everySecondIsAFile);
    const seen = await look(host);
    expect(host.linksRead).toBeLessThanOrEqual(LIMIT);
    expect(share(sockets(seen), size / 2)).toBeLessThan(0.05);
  });

  it('are guessed without their names, and holes stand for nothing', async () => {
    const host = processWith(16_384, (fd) => (fd < HEAD || fd % 5 < 3 ? `socket:[${fd}]` : null));
    host.list = () => Promise.reject(new Error('listed'));
    const seen = await look(host);
    expect(seen.complete).toBe(false);
    expect(sockets(seen)).toBeCloseTo(seen.total, 6);
    expect(seen.socketInodes.slice(0, 3)).toEqual([0, 1, 2]);
  });

  it('are listed where the table is mostly holes, as after a peak', async () => {
    const host = processWith(65_536, (fd) => (fd < 6000 ? `socket:[${fd}]` : null));
    const seen = await look(host);
    expect(sockets(seen)).toBeCloseTo(6000, 6);
    expect(seen.spreadInodes.length).toBe(LIMIT - HEAD);
  });

  it('that may not be read are an error, not none', async () => {
    const { recording } = processWith(16_384, () => null);
    const host = new RecordedHost({
      ...recording,
      fdCounts: { '/proc/11/fd': 16_000 },
    });
    host.list = () => Promise.reject(Object.assign(new Error('EACCES'), { code: 'EACCES' }));
    await expect(look(host)).rejects.toThrow('EACCES');
  });
});
