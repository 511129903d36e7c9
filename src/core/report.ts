/** The type of a check result, the same for `gapwatch status`, `/nginx-status` and the JSON of both. */

/** The file name of a check in `checks/checks/`. A test verifies that all ids in the code exist. */
export type CheckId = string;

export type CheckStatus = 'ok' | 'warning' | 'critical' | 'unknown';

export interface CheckResult {
  readonly check: CheckId;
  readonly status: CheckStatus;
  /** One or a few sentences with the numbers of this host. They may contain untrusted text. */
  readonly text: string;
  /** Names include the unit: `usedRatio`, `listenOverflowsPerSecond`. */
  readonly values: Readonly<Record<string, number | string | boolean | null | readonly unknown[]>>;
  /** ISO 8601 time of the oldest sample used; null without samples. */
  readonly asOf: string | null;
  readonly ageMs: number | null;
  /** A shell command that shows the same values. */
  readonly equivalent: string;
}
