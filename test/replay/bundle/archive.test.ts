/** Archive headers that no tar writes: reading ends with the reason. */
import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { filesInArchive } from '../../../src/replay/bundle/archive.ts';
import { type TarEntry, tarOf } from '../../fuzz/tar.ts';

const read = (over: Partial<TarEntry>) => {
  const archive = tarOf([{ name: 'error.log', type: '0', text: 'x\n', hasChecksum: true, ...over }]);
  return filesInArchive(
    'bundle.tar',
    () => Readable.from([archive]),
    () => {},
  );
};

it('refuses an entry whose size is not a number', async () => {
  await expect(read({ size: '\u0080\0\0\0\0\0\0\0\0\0' })).rejects.toMatchObject({
    code: 'USAGE',
    message: 'bundle.tar cannot be unpacked: an entry has no size',
  });
});

it('refuses a folder with a size', async () => {
  await expect(read({ type: '5', size: '77777777777\0' })).rejects.toMatchObject({
    code: 'USAGE',
    message: 'bundle.tar cannot be unpacked: a folder has a size',
  });
});
