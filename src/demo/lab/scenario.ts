/**
 * A scenario: one failure, or one harmless event, into which the lab drives a private nginx. One file for each cause
 * under `scenarios/`, or for each `quiet-<what>`. A file also holds the variants, with ids `<cause id>-<variant>`.
 */

import type { Outcome } from './http-request.ts';
import type { Lab } from './lab.ts';
import type { ConfigPlan } from './nginx-config.ts';

/** What the machine must offer in addition to loopback and nginx. */
export type Need = 'root' | 'openssl' | 'lua';

/** Kernel namespaces in which the whole run (nginx, clients, gapwatch) must start; see `namespace.ts`. */
export interface NamespacePlan {
  /** `net.ipv4.tcp_tw_reuse` → `0`, written inside the private network namespace. */
  readonly sysctls: Readonly<Record<string, string>>;
  /** Shell lines run as root inside the namespaces before anything else. */
  readonly setUp?: readonly string[];
}

/** What must hold after a run, so that a scenario cannot silently stop producing its fault. */
export interface Proof {
  /** Each must match somewhere in the error log. */
  readonly errorLog?: readonly RegExp[];
  /** None may match. */
  readonly notInErrorLog?: readonly RegExp[];
  /** Each must match in the rotated error log `error.log.1`. */
  readonly rotatedErrorLog?: readonly RegExp[];
  /** Each must match in the access log. */
  readonly accessLog?: readonly RegExp[];
  /** Least number of held connections at the end. */
  readonly holds?: number;
  /** Ordinary clients lost after the start of the fault: at least one (true), none (false), or either (absent). */
  readonly loses?: boolean;
  /** Each must be the outcome of an ordinary client's request after the start of the fault. */
  readonly outcomes?: readonly Outcome[];
  /** Checks what no log shows. One sentence for each violation. */
  check?(lab: Lab): string[];
}

export interface Expected {
  /** The expected cause id; null when no incident may open. */
  readonly cause: string | null;
  /** Cause ids that are also right (the evidence cannot distinguish them, or one follows from the other). */
  readonly alsoAllowed?: readonly string[];
  /** True when silence is also right: the cause is an `info`, or no client is lost yet. */
  readonly mayStaySilent?: boolean;
}

/** The ordinary client whose losses are the reference: one new connection, one GET, five times a second. */
export interface CanaryPlan {
  /** Default `/`. */
  readonly path?: string;
  /** Lines such as `Cookie: a=b`. */
  readonly headers?: readonly string[];
  /** How long it waits for an answer before it counts as lost. Default 3000. */
  readonly patienceMs?: number;
  /** Default 5. */
  readonly perSecond?: number;
}

/** The result of `prepare`: the nginx to run, the ordinary client, and the fault. */
export interface LabPlan {
  readonly config: ConfigPlan;
  readonly canary?: CanaryPlan;
  /** User of nginx, workers and master. Default: the user of the lab. */
  readonly uid?: number;
  /** Prefix of the nginx command, e.g. `['prlimit', '--nofile=1024:1024']`. It must end in exec, not fork. */
  readonly wrap?: readonly string[];
  /** Events before the watch starts: old gaps, old crashes. */
  history?(): Promise<void>;
  /** Causes the fault and returns. What it starts lasts until the end of the fault. */
  fault(): void | Promise<void>;
  /** Runs after the load has stopped and undoes what remains. */
  recover?(): void | Promise<void>;
}

export interface Scenario {
  readonly id: string;
  /** One line for `gapwatch demo --list`. */
  readonly title: string;
  /** The fault, its effect on clients and its reason; two or three sentences. */
  readonly describe: string;
  readonly expected: Expected;
  readonly proof: Proof;
  readonly needs?: readonly Need[];
  readonly namespace?: NamespacePlan;
  /** Duration of the fault in seconds. Default 30. */
  readonly faultSeconds?: number;
  /** Starts backends and decides the config. Must not load nginx yet. */
  prepare(lab: Lab): LabPlan | Promise<LabPlan>;
}
