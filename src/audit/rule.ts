/** Types of the capacity audit. A rule is a pure function of the effective settings and of facts about the host. */
import type { Severity } from '../core/diagnosis.ts';
import type { SystemData } from '../core/samples/system.ts';
import type { Place, Settings } from '../core/settings.ts';

/** The service manager or container runtime that starts nginx and sets its limits. */
export interface Supervisor {
  readonly kind: 'systemd' | 'container';
  /** `nginx.service`, or the runtime: `docker`, `podman`, `kubernetes`, … */
  readonly name: string;
  /** The effective `LimitNOFILE=` of the unit, with its place; null when no file sets it. */
  readonly fileLimit: (Place & { readonly value: string }) | null;
}

/** Facts about the running host. Each can be unknown. */
export interface HostFacts {
  /** The lowest soft limit of open files among the running workers. */
  readonly workerSoftFiles: number | null;
  /** Hard limit of the master: workers get more only with CAP_SYS_RESOURCE. */
  readonly masterHardFiles: number | null;
  readonly system: SystemData | null;
  readonly supervisor: Supervisor | null;
  readonly reloadsPerHour: number | null;
  /** Arrival rates of all workers together in the newest window. */
  readonly requestsPerSecond: number | null;
  readonly connectionsPerSecond: number | null;
  /** Measured ratio of upstream sockets to client sockets; null when there are too few sockets. */
  readonly upstreamPerClient: number | null;
  /** Requests that took 30 s or longer. */
  readonly longRequests: number | null;
  /** A private address that sends most requests, probably a proxy in front of nginx. */
  readonly sharedClient: { readonly address: string; readonly ratio: number } | null;
  /** Why the newest request to the status page failed; null when it succeeded or none was sent. */
  readonly statusFailure: string | null;
  /** Addresses of this host's interfaces. */
  readonly addresses: readonly string[];
}

/** A problem that a rule found. `runRules` adds the id of the rule. */
export interface Objection {
  readonly severity: Severity;
  readonly place: Place | null;
  /** The problem, with the numbers of this host. */
  readonly text: string;
  /** The consequence under load. */
  readonly cost: string;
  /** The exact configuration lines to write. */
  readonly remedy: string;
}

export interface Rule {
  /** Equals the file name. */
  readonly id: string;
  readonly title: string;
  /** The public source of the rule: a function of nginx, its documentation, an RFC. */
  readonly reference: string;
  /** Empty when the rule finds no problem. */
  judge(settings: Settings, host: HostFacts): readonly Objection[];
}

export interface Finding {
  readonly rule: string;
  readonly severity: Severity;
  readonly file: string | null;
  readonly line: number | null;
  readonly text: string;
  readonly cost: string;
  readonly remedy: string;
  readonly reference: string;
}

/** For the audit of a file: no fact about the host is known. */
export const NO_HOST: HostFacts = {
  workerSoftFiles: null,
  masterHardFiles: null,
  system: null,
  supervisor: null,
  reloadsPerHour: null,
  requestsPerSecond: null,
  connectionsPerSecond: null,
  upstreamPerClient: null,
  longRequests: null,
  sharedClient: null,
  statusFailure: null,
  addresses: [],
};
