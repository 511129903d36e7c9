/**
 * Schema of the `incident` config section: how long a condition must last before an incident opens, changes or ends.
 */
import { z } from 'zod';

const ms = () => z.number().int().nonnegative();

export const incidentConfig = z.strictObject({
  likelyHoldMs: ms()
    .default(3_000)
    .describe(
      'A likely cause that loses clients must hold for this long before an incident opens (ms); a certain one opens at once',
    ),
  possibleHoldMs: ms().default(15_000).describe('The same for a possible cause (ms)'),
  untoldHoldMs: ms()
    .default(10_000)
    .describe('Clients are lost without a known cause for this long (ms): an incident without a cause opens'),
  imminentHoldMs: ms().default(2_000).describe('An expected loss must be expected for this long (ms)'),
  warningHoldMs: ms().default(30_000).describe('A warning without loss must last for this long (ms)'),
  changeHoldMs: ms()
    .default(10_000)
    .describe(
      'A different cause must be named for this long before the incident changes its cause (ms); doubled at every change',
    ),
  calmAfterMs: ms()
    .default(20_000)
    .describe('No client lost for this long: the incident is reported as recovering (ms)'),
  milderAfterMs: ms().default(30_000).describe('A lower severity must last for this long (ms)'),
  closeAfterMs: ms()
    .default(60_000)
    .describe(
      'Healthy for this long: the incident ends (ms); doubled, up to eightfold, when the same cause keeps returning',
    ),
  flapWindowMs: ms().default(600_000).describe('The same cause within this time after its end counts as a return (ms)'),
  handQuietMs: ms()
    .default(900_000)
    .describe(
      'After a person resolves an incident whose cause still holds, no new incident opens for it for this long (ms)',
    ),
});
export type IncidentConfig = z.infer<typeof incidentConfig>;
