/**
 * Limits the work of reading one configuration, because a user who can write a part of it could include any number of
 * files and words. The limits count work and not time, so the same text always ends at the same line.
 */
import type { Place } from '../core/settings.ts';

export interface ConfigLimits {
  /** Files opened, each repeated include anew. */
  readonly files: number;
  /** Characters of all files. */
  readonly characters: number;
  /** Names of directives and their arguments. */
  readonly words: number;
  /** Names compared with the patterns of includes. */
  readonly names: number;
}

/** The defaults of `nginx.configLimits`: tens of thousands of sites. Chosen so that reading and judging them stays below 300 MB (test/security/limits-config.test.ts). */
export const CONFIG_LIMITS: ConfigLimits = {
  files: 20_000,
  characters: 16 * 1024 * 1024,
  words: 350_000,
  names: 2_000_000,
};

const WHAT: Readonly<Record<keyof ConfigLimits, string>> = {
  files: 'files are included',
  characters: 'characters are in it',
  words: 'words are in it',
  names: 'names are compared with the patterns of its includes',
};

/** Where reading stopped, and why. */
export interface Cut extends Place {
  readonly message: string;
}

export class ConfigBudget {
  readonly #limits: ConfigLimits;
  readonly #used = { files: 0, characters: 0, words: 0, names: 0 };
  #cut: Cut | null = null;

  constructor(limits: ConfigLimits) {
    this.#limits = limits;
  }

  /** The first limit that was reached; null while there is none. */
  get cut(): Cut | null {
    return this.#cut;
  }

  /** False when that is too much, then and ever after: the caller stops. */
  take(what: keyof ConfigLimits, amount: number, file: string, line: number): boolean {
    if (this.#cut !== null) return false;
    this.#used[what] += amount;
    return this.#used[what] <= this.#limits[what] || this.stop(what, file, line);
  }

  /** How many of the characters of one more file may be read; they count as read. */
  room(characters: number): number {
    const room = Math.min(characters, this.#limits.characters - this.#used.characters);
    this.#used.characters += room;
    return room;
  }

  stop(what: keyof ConfigLimits, file: string, line: number): false {
    const most = `more than ${this.#limits[what]} ${WHAT[what]}`;
    const message = `${most}: the rest of the configuration is not read (limit: nginx.configLimits.${what} in gapwatch.yml)`;
    this.#cut ??= { file, line, message };
    return false;
  }
}
