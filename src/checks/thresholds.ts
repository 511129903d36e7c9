/**
 * Where a reading starts to matter. The names are those of the `thresholds` section of the config, whose defaults and
 * descriptions live with the diagnosis, so that a check and a diagnosis cannot disagree; `app` hands the same object
 * to both.
 */
export interface CheckThresholds {
  readonly activeMs: number;
  readonly forecastMs: number;
  readonly slotsHighRatio: number;
  readonly slotsFullRatio: number;
  readonly fdsHighRatio: number;
  readonly queueFullRatio: number;
  readonly minConnections: number;
  readonly slowHeaderMs: number;
  readonly conntrackHighRatio: number;
  readonly portsHighRatio: number;
  readonly oldWorkersPerWorker: number;
  readonly oldWorkerMs: number;
  readonly reloadsPerMinute: number;
  readonly busyWorkerCpuRatio: number;
}

/** At this share of any limit the next moment loses something. */
export const FULL_RATIO = 0.97;
/** Free memory, disk or process numbers below this share are worth a warning. */
export const SCARCE_RATIO = 0.05;
