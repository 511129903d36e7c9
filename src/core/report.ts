/** The type of a check result, the same for `gapwatch status`, `/nginx-status` and the JSON of both. */

/** The file name of a check in `checks/checks/`; a test holds that every id named in the code exists. */
export type CheckId = string;

export type CheckStatus = 'ok' | 'warning' | 'critical' | 'unknown';

export interface CheckResult {
  readonly check: CheckId;
  readonly status: CheckStatus;
  /** One or a few sentences with this host's numbers. May hold untrusted text. */
  readonly text: string;
  /** Names include the unit: `usedRatio`, `listenOverflowsPerSecond`. */
  readonly values: Readonly<Record<string, number | string | boolean | null | readonly unknown[]>>;
  /** ISO 8601 of the oldest sample it rests on; null when nothing was sampled. */
  readonly asOf: string | null;
  readonly ageMs: number | null;
  /** The shell command that shows the same. */
  readonly equivalent: string;
}
