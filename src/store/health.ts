/** The health of the store: notices for people, and the maintenance calls of the service. */

/** Said once: in the log and in Slack. */
export interface StoreNotice {
  readonly at: number;
  /** `memory`: the file cannot be written. `back`: it can again. */
  readonly kind: 'damaged' | 'memory' | 'back';
  readonly text: string;
  /** Lines to copy; null when there is nothing to do. */
  readonly remedy: string | null;
}

export interface StoreTrouble {
  readonly detail: string;
  readonly remedy: string;
}

export interface StoreHealth {
  /** What is wrong now; null when the store keeps what it is given. */
  trouble(): StoreTrouble | null;
  /** Those not taken yet, oldest first. */
  takeNotices(): readonly StoreNotice[];
  /** Looks after the file and, from memory, goes back to it when that is possible. To be called every few seconds. */
  recover(): void;
}

/** Of a store that has no file, or that is only read. */
export const UNATTENDED: StoreHealth = { trouble: () => null, takeNotices: () => [], recover: () => {} };
