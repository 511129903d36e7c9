/** The `patterns` section of the config. */
import { z } from 'zod';

export const patternsConfig = z.strictObject({
  folders: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'Folders of your own pattern files (`<id>.yml`, see patterns/README.md), besides the built-in ones; changes are taken up while the service runs',
    ),
});
