/** One rule of the capacity audit: pure, over the settings in force and what the host really grants. */
import type { Severity } from '../core/diagnosis.ts';
import type { SystemData } from '../core/samples/system.ts';
import type { Place, Settings } from '../core/settings.ts';

/** Who decides what nginx is granted before its own configuration does. */
export interface Supervisor {
  readonly kind: 'systemd' | 'container';
  /** `nginx.service`, or the runtime: `docker`, `podman`, `kubernetes`, … */
  readonly name: string;
  /** Where the limit of open files is written: the last `LimitNOFILE=` in force of the unit; null when nowhere. */
  readonly fileLimit: (Place & { readonly value: string }) | null;
}

/** What the running host adds to the configuration; every part may be unknown. */
export interface HostFacts {
  /** Smallest soft limit of open files among the workers that run now. */
  readonly workerSoftFiles: number | null;
  /** Hard limit of the master: workers get more only with CAP_SYS_RESOURCE. */
  readonly masterHardFiles: number | null;
  readonly system: SystemData | null;
  readonly supervisor: Supervisor | null;
  readonly reloadsPerHour: number | null;
  /** Arrival rates of the newest window, of all workers together. */
  readonly requestsPerSecond: number | null;
  readonly connectionsPerSecond: number | null;
  /** Upstream sockets for each client socket, as counted; null when there are too few to tell. */
  readonly upstreamPerClient: number | null;
  /** Requests that took 30 s or longer. */
  readonly longRequests: number | null;
  /** One inner address that most requests come from: a proxy in front. */
  readonly sharedClient: { readonly address: string; readonly ratio: number } | null;
  /** Why the status page did not answer when asked just now; null when it did or nobody asked. */
  readonly statusFailure: string | null;
  /** Addresses of this host's interfaces. */
  readonly addresses: readonly string[];
}

/** What a rule says; whoever runs the rules adds which rule said it. */
export interface Objection {
  readonly severity: Severity;
  readonly place: Place | null;
  /** What is wrong, with this host's numbers. */
  readonly text: string;
  /** What it costs when it matters. */
  readonly cost: string;
  /** The exact line or lines to write. */
  readonly remedy: string;
}

export interface Rule {
  /** = file name. */
  readonly id: string;
  readonly title: string;
  /** Where it is founded: nginx's source file and function, its documentation, an RFC. */
  readonly reference: string;
  /** Empty when there is nothing to say. */
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

/** Nothing is known of the host: the audit of a file. */
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
