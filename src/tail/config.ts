/** The `follow` section of the config: how logs are read. */
import { z } from 'zod';
import { PULSE_DEFAULTS } from './pulse.ts';
import { FILE_SOURCE_DEFAULTS } from './sources/file.ts';

const { lingerMs, maxLineBytes } = FILE_SOURCE_DEFAULTS;

export const followConfig = z.strictObject({
  source: z
    .enum(['file', 'tail-file'])
    .default('file')
    .describe(
      'What reads log files: `file` loses no line; `tail-file` is the npm package of that name, which keeps no position and loses lines of late writers, copytruncate and restarts',
    ),
  framing: z
    .enum(['auto', 'none', 'cri', 'docker'])
    .default('auto')
    .describe('What a container runtime wraps each line in; `auto` goes by the first line of each file'),
  lingerMs: z
    .int()
    .min(15_000)
    .default(lingerMs)
    .describe('How long a rotated file must be without new lines before it is closed, ms'),
  pollMs: z
    .int()
    .min(100)
    .default(PULSE_DEFAULTS.pollMs)
    .describe('Time between two polls of a log when no change is notified, ms'),
  maxLineBytes: z
    .int()
    .min(64 * 1024)
    .default(maxLineBytes)
    .describe('Longest line kept whole, bytes; longer ones are cut'),
});
export type FollowConfig = z.infer<typeof followConfig>;
