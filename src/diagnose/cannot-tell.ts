/**
 * The text that explains the verdict `cannot-tell`: an incident has this name while clients are lost and no cause is
 * proven.
 */
import type { Cause } from './cause.ts';

/** What `explain` and Slack print about a cause. `cannot-tell` has no `judge`. */
export type CausePage = Omit<Cause, 'kind' | 'reads' | 'precedence' | 'judge'>;

export const CANNOT_TELL: CausePage = {
  id: 'cannot-tell',
  title: 'Clients are lost, and the evidence proves no cause',
  means:
    'Clients are being lost and the evidence proves no cause: either the proof cannot be read on this host, or two causes fit equally well. gapwatch names no cause rather than a wrong one. The incident takes the name of its cause as soon as one is proven.',
  looksLike:
    'Connections are refused, reset or time out, or many requests end in 502 or 504, for ten seconds and longer, while every known cause is ruled out or unproven.',
  fix: [
    'First close the blind spots that the incident lists: each names its remedy, and gapwatch doctor lists them all.',
    'Then follow its Next: lines (gapwatch status CHECK), and check what changed on this host since it began.',
    'Before nginx is restarted, save the evidence on the host with gapwatch bundle --last 15m: a restart discards the counters, the queues and the workers; gapwatch replay judges the bundle later.',
  ].join(' '),
  differsFrom: [
    {
      cause: 'slot-capacity',
      how: 'there requests that are served quickly fill the slots, and no other cause holds.',
    },
    { cause: 'nginx-down', how: 'there is no nginx that could lose clients: the master is gone.' },
  ],
  references: [],
  consequences: [],
};
