/** Which patterns of the catalogue the checks read, by what they mean. Only this file knows the ids. */

/** No server is left for the request. */
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
export const LOSS = [
  'worker-connections',
  'worker-connections-upstream',
  'accept-emfile',
  'socket-emfile',
  'open-emfile',
  'accept-enfile',
  'enfile',
  'kernel-file-max',
  'worker-exited-on-signal',
  'connect-no-address',
  'bind-no-port',
  ...UPSTREAM_DOWN,
];
/** What clients do, and limits that work as configured. */
export const HARMLESS = /^(client-|limit-|access-forbidden|session-timed-out|server-name-conflict)/;
