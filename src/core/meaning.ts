/** The meaning of a pattern: its role and its groups. */

/** `loss`: each line is a lost client or worker. `trouble`: something is wrong. `everyday`: normal operation. */
export const PATTERN_ROLES = ['loss', 'trouble', 'everyday'] as const;
export type PatternRole = (typeof PATTERN_ROLES)[number];

export interface Meaning {
  readonly role: PatternRole;
  /** The id of the pattern, and the groups that it shares with other patterns. */
  readonly groups: readonly string[];
}

/** By pattern id. */
export type Meanings = ReadonlyMap<string, Meaning>;
