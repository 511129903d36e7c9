/** Which patterns of the catalogue say which thing. Causes read the log by meaning; only this file knows the ids. */

/** A1: no slot for an accepted client; it is closed at once. */
export const ACCEPT_REFUSED = ['worker-connections'];
/** A2: no slot for the second leg of a request; the client gets a 500. */
export const UPSTREAM_LEG_REFUSED = ['worker-connections-upstream'];
/** W1: at 1/16 free slots nginx begins to close reusable connections. */
export const REUSING = ['worker-connections-reuse'];
/** errno 24. */
export const EMFILE = ['accept-emfile', 'socket-emfile', 'open-emfile'];
/** errno 23. */
export const ENFILE = ['accept-enfile', 'enfile', 'kernel-file-max'];
export const RLIMIT_REFUSED = ['setrlimit-refused'];
export const FORK_FAILED = ['fork-failed', 'kernel-pids-limit'];
export const CONNTRACK_FULL = ['conntrack-full'];

export const CLIENT_TIMED_OUT = ['client-timed-out'];

export const UPSTREAM_READ_TIMEOUT = ['upstream-read-timeout'];
export const UPSTREAM_CONNECT_TIMEOUT = ['upstream-connect-timeout', 'connect-timed-out'];
export const UPSTREAM_REFUSED = ['connect-refused', 'connect-absent', 'udp-upstream-refused'];
export const UPSTREAM_DISABLED = ['upstream-disabled'];
export const NO_LIVE_UPSTREAMS = ['no-live-upstreams'];
export const UPSTREAM_QUEUE_FULL = ['connect-queue-full'];
export const UPSTREAM_UNREACHABLE = ['connect-unreachable'];
export const UPSTREAM_NO_ADDRESS = ['connect-no-address', 'bind-no-port'];
export const UPSTREAM_DENIED = ['connect-denied'];
/** The connection stood and broke before the answer was complete. */
export const UPSTREAM_BROKE = ['upstream-closed-early', 'upstream-reset', 'connect-reset'];
export const UPSTREAM_TLS = ['upstream-tls-failed', 'upstream-tls-timeout', 'upstream-tls-unverified'];
export const RESOLVE_FAILED = ['upstream-name-unresolved', 'resolver-failed', 'resolver-missing'];

export const RELOADED = ['reload'];
/** The controller's own words for it, where nginx's level hides the notice. */
export const CONTROLLER_RELOADED = ['controller-reload'];
export const WORKER_EXITED_ON_SIGNAL = ['worker-exited-on-signal'];
/** The kernel's own words for it. */
export const PROCESS_FAULTED = ['kernel-segfault'];
export const WORKER_EXIT_FAILED = ['worker-exit-failed'];
/** The master could not start a process, for another reason than a limit of processes. */
export const SPAWN_FAILED = ['spawn-failed'];
export const OOM_KILLED = ['kernel-oom-kill', 'kernel-oom-victim', 'systemd-oom-kill'];
/** A process died or was killed, of nginx or not: told by the kernel, systemd or its own master. */
export const DEATHS = [
  'kernel-oom-kill',
  'kernel-oom-victim',
  'kernel-segfault',
  'systemd-process-died',
  'fpm-child-died',
  'gunicorn-timeout',
];
/** The application server says that it takes no more requests for now. */
export const BACKEND_BUSY = ['fpm-pool-full', 'uwsgi-queue-full'];
export const MASTER_SIGNAL = ['signal-received'];
export const CONFIG_REFUSED = ['config-invalid', 'bind-failed', 'worker-connections-listening'];

export const LIMITED = ['limit-conn', 'limit-req'];
export const ZONE_FULL = ['zone-full', 'slab-no-memory'];
export const ZONE_LOCKED = ['zone-locked'];
export const DISK_FULL = ['disk-full'];
export const LUA_STARVED = ['lua-timers-exhausted', 'lua-socket-failed'];
export const SOCKET_LEFT = ['open-socket-left'];
/** How a loop ends when slots hold out: headers grow at each hop, redirects and subrequests go round. */
export const LOOP_ERRORS = ['client-header-too-large', 'upstream-closed-early', 'upstream-connect-timeout'];
/** Workers or a master began: a refusal before it is over. */
export const STARTED = ['nginx-started', 'worker-started'];
export const WORKER_SHUTTING_DOWN = ['worker-shutting-down'];
export const LOGS_REOPENED = ['logs-reopened'];
/** Requests that ended in a 500 or 502 (or would have), by lines that no cause of the catalogue explains. */
export const FAILED_REQUESTS = [
  'upstream-header-too-big',
  'upstream-invalid-response',
  'upstream-io-failed',
  'upstream-send-timeout',
  'upstream-timeout',
  'redirection-cycle',
  'subrequests-cycle',
  'lua-socket-failed',
  'out-of-memory',
  'pcre-limit',
  'mail-auth-timeout',
];
