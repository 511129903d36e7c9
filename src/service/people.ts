/** What people are called in Slack, as their clicks told: names read better than ids, and in a digest a name calls nobody. */
import type { Facts } from '../store/facts.ts';

export interface People {
  /** Remembers the name; an absent one changes nothing. */
  met(userId: string, name: string | undefined): void;
  /** The id itself of whom nobody knows by name. */
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
