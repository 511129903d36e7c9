/** Which patterns of the catalogue the checks read, by what they mean. Only this file knows the ids. */

/** The line that nginx writes for each refused accept: it is the gap, also while the page cannot be read. */
export const REFUSED_ACCEPT = ['worker-connections'];
export const REFUSED = [...REFUSED_ACCEPT, 'worker-connections-upstream'];
export const REUSING = ['worker-connections-reuse'];
/** errno 24 and 23 wherever nginx meets them. */
export const OUT_OF_FILES = [
  'accept-emfile',
  'socket-emfile',
  'open-emfile',
  'accept-enfile',
  'enfile',
  'kernel-file-max',
];
export const CRASHED = ['worker-exited-on-signal'];
/** errno 99: no local address (port) left. */
export const NO_ADDRESS = ['connect-no-address', 'bind-no-port'];
export const CONNTRACK_FULL = ['conntrack-full'];
export const CONFIG_REJECTED = ['config-invalid', 'worker-connections-listening'];
export const RELOADED = 'reload';
/** Nobody is left to serve the request. */
export const UPSTREAM_DOWN = ['no-live-upstreams'];
export const UPSTREAM_FAILING = [
  'connect-refused',
  'connect-timed-out',
  'connect-unreachable',
  'connect-no-address',
  'bind-no-port',
  'connect-queue-full',
  'connect-reset',
  'connect-absent',
  'connect-denied',
  'upstream-connect-timeout',
  'upstream-read-timeout',
  'upstream-send-timeout',
  'upstream-timeout',
  'upstream-closed-early',
  'upstream-reset',
  'upstream-io-failed',
  'upstream-disabled',
  'upstream-tls-failed',
  'upstream-tls-timeout',
  'upstream-tls-unverified',
  'upstream-name-unresolved',
  'upstream-invalid-response',
  'upstream-header-too-big',
  'resolver-failed',
];
/** Each line of these is a client turned away, or a worker lost. */
export const LOSS = [...REFUSED, ...OUT_OF_FILES, ...CRASHED, ...NO_ADDRESS, ...UPSTREAM_DOWN];
/** What clients do, and limits that work as configured. */
export const HARMLESS = /^(client-|limit-|access-forbidden|session-timed-out|server-name-conflict)/;
