/** One rule of the capacity audit: pure, over the settings in force and what the host really grants. */
import type { Severity } from '../core/diagnosis.ts';
import type { SystemData } from '../core/sample.ts';
import type { Settings } from '../nginx/settings.ts';

/** What the running host adds to the configuration; every part may be unknown. */
export interface HostFacts {
  /** Smallest soft limit of open files among the workers that run now. */
  readonly workerSoftFiles: number | null;
  readonly workerHardFiles: number | null;
  readonly system: SystemData | null;
  /** Reloads seen in the last hour; null when nobody looked. */
  readonly reloadsLastHour: number | null;
}

export interface Finding {
  /** = file name of the rule. */
  readonly rule: string;
  readonly severity: Severity;
  readonly file: string | null;
  readonly line: number | null;
  /** What is wrong, with this host's numbers. */
  readonly text: string;
  /** What it costs when it matters. */
  readonly cost: string;
  /** The exact line or lines to write. */
  readonly remedy: string;
  readonly reference: string;
}

export interface Rule {
  readonly id: string;
  readonly title: string;
  /** Empty when there is nothing to say. */
  judge(settings: Settings, host: HostFacts): readonly Finding[];
}
