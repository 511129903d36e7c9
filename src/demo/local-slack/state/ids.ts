/** Slack-like ids, the same in every run: a prefix, then a counter in base 36, ten characters or more. */

export interface Ids {
  /** `next('F')` → `F0000000001`: unique within one local Slack. */
  next(prefix: string): string;
}

export function createIds(): Ids {
  let count = 0;
  return {
    next(prefix) {
      count += 1;
      return prefix + count.toString(36).toUpperCase().padStart(10, '0');
    },
  };
}
