/**
 * Remembers the display names that Slack sends with clicks. Reports show the name, which, unlike a mention, notifies no
 * person.
 */
import type { Facts } from '../store/facts.ts';

export interface People {
  /** Stores the name; without one it changes nothing. */
  met(userId: string, name: string | undefined): void;
  /** The name of the user, or the id when the name is unknown. */
  nameOf(userId: string): string;
}

const PREFIX = 'person:';

export function createPeople(facts: Facts): People {
  return {
    met(userId, name) {
      if (name !== undefined && facts.get(PREFIX + userId) !== name) facts.set(PREFIX + userId, name);
    },
    nameOf(userId) {
      const name = facts.get(PREFIX + userId);
      return typeof name === 'string' ? name : userId;
    },
  };
}
