/**
 * A scenario: one failure mode (or one harmless stir) that the lab drives a private nginx into. One file a cause under
 * `scenarios/`, or one file a `quiet-<what>`; a file also holds the variants, whose ids are `<cause id>-<variant>`.
 */

import type { Outcome } from './http-request.ts';
import type { Lab } from './lab.ts';
import type { ConfigPlan } from './nginx-config.ts';

/** What the machine must offer beyond a loopback and nginx. */
export type Need = 'root' | 'openssl' | 'lua';

/** Kernel namespaces the whole run (nginx, clients, gapwatch) must be started in; see `namespace.ts`. */
export interface NamespacePlan {
  /** `net.ipv4.tcp_tw_reuse` → `0`, written inside the private network namespace. */
  readonly sysctls: Readonly<Record<string, string>>;
  /** Shell lines run as root inside the namespaces before anything else. */
  readonly setUp?: readonly string[];
}

/** What must be true of a finished run, so that a scenario cannot quietly stop producing its fault. */
export interface Proof {
  /** Each must match somewhere in the error log. */
  readonly errorLog?: readonly RegExp[];
  /** None may match. */
  readonly notInErrorLog?: readonly RegExp[];
  /** Each must match in the error log that was rotated away as `error.log.1`. */
  readonly rotatedErrorLog?: readonly RegExp[];
  /** Each must match in the access log. */
  readonly accessLog?: readonly RegExp[];
  /** So many connections of clients that come to stay must be up at the end. */
  readonly holds?: number;
  /** Ordinary clients lost after the fault began: at least one (true), none at all (false), unsaid: either. */
  readonly loses?: boolean;
  /** Each must have befallen an ordinary client after the fault began. */
  readonly outcomes?: readonly Outcome[];
  /** What no log tells: one sentence for each thing that is not as it should be. */
  check?(lab: Lab): string[];
}

export interface Expected {
  /** The cause id that must be named; null = nothing may be opened. */
  readonly cause: string | null;
  /** Cause ids that would be right too (the evidence cannot tell them apart, or one follows from the other). */
  readonly alsoAllowed?: readonly string[];
  /** True when a right tool may stay silent: the cause is an `info`, or nobody is hurt yet. */
  readonly mayStaySilent?: boolean;
}

/** The ordinary client whose losses are the truth: one new connection, one GET, five times a second. */
export interface CanaryPlan {
  /** Default `/`. */
  readonly path?: string;
  /** Lines such as `Cookie: a=b`. */
  readonly headers?: readonly string[];
  /** How long it waits for an answer before it counts itself lost. Default 3000. */
  readonly patienceMs?: number;
  /** Default 5. */
  readonly perSecond?: number;
}

/** What `prepare` decides: the nginx to run, the ordinary client to send, and what goes wrong. */
export interface LabPlan {
  readonly config: ConfigPlan;
  readonly canary?: CanaryPlan;
  /** User that nginx runs as, workers and master. Default: whoever runs the lab. */
  readonly uid?: number;
  /** Put before the nginx command, e.g. `['prlimit', '--nofile=1024:1024']`. Needs exec, not fork, as its last act. */
  readonly wrap?: readonly string[];
  /** What happened before anyone watched: old gaps, old crashes. */
  history?(): Promise<void>;
  /** Brings the fault about and returns; what it started goes on until the fault is over. */
  fault(): void | Promise<void>;
  /** After the load was stopped: undoes what stopping the load does not. */
  recover?(): void | Promise<void>;
}

export interface Scenario {
  readonly id: string;
  /** One line for `gapwatch demo --list`. */
  readonly title: string;
  /** What is done, what clients notice, and why; two or three sentences. */
  readonly describe: string;
  readonly expected: Expected;
  readonly proof: Proof;
  readonly needs?: readonly Need[];
  readonly namespace?: NamespacePlan;
  /** How long to hold the fault, seconds. Default 30. */
  readonly faultSeconds?: number;
  /** Starts backends and decides the config. Nothing may press on nginx yet. */
  prepare(lab: Lab): LabPlan | Promise<LabPlan>;
}
