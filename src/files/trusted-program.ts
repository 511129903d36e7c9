/** Opens programs that may run as root. Refuses programs that other users can change. */
import { closeSync, constants, openSync } from 'node:fs';
import { refusal } from './read-file.ts';
import { pathOfDescriptor, walk } from './walk.ts';
import { allExposures } from './who-can-write.ts';

/**
 * Opens a regular file that only root and we control, all folders above it included. Throws FILE_REFUSED with a sentence
 * when others control any of them, else the error of open(2). The caller closes the descriptor.
 */
export function openTrustedProgram(path: string): number {
  const { fd, stat, hops } = walk(path);
  try {
    const [exposure] = allExposures(hops, { sticky: 'refuse' });
    if (exposure !== undefined) throw refusal(exposure.path, exposure.because);
    if (!stat.isFile()) throw refusal(path, 'is not a file');
    return openSync(pathOfDescriptor(fd), constants.O_RDONLY);
  } finally {
    closeSync(fd);
  }
}
