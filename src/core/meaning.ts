/** What a pattern of the catalogue says of itself: how much its lines matter, and what they mean. */

/**
 * `loss`: each line is a client turned away, or a worker lost. `trouble`: something is wrong. `everyday`: part of a quiet
 * day.
 */
export const PATTERN_ROLES = ['loss', 'trouble', 'everyday'] as const;
export type PatternRole = (typeof PATTERN_ROLES)[number];

export interface Meaning {
  readonly role: PatternRole;
  /** The pattern's own id, and what it means together with other patterns. */
  readonly groups: readonly string[];
}

/** By pattern id. */
export type Meanings = ReadonlyMap<string, Meaning>;
