/** Which patterns of the catalogue say which thing. Causes read the log by meaning; only this file knows the ids. */

/** A1: no slot for an accepted client; it is closed at once. */
export const ACCEPT_REFUSED = ['worker-connections'];
/** A2: no slot for the upstream leg; the client gets a 500. */
export const UPSTREAM_LEG_REFUSED = ['worker-connections-upstream'];
/** W1: at 1/16 free slots nginx begins to close reusable connections. */
export const REUSING = ['worker-connections-reuse'];
/** X1: the same words at start-up mean a refused configuration. */
export const SLOTS_BELOW_LISTENERS = ['worker-connections-listening'];
/** errno 24 on accept, socket, open, connect. */
export const EMFILE = ['accept-emfile', 'socket-emfile', 'open-emfile'];
/** errno 23. */
export const ENFILE = ['accept-enfile'];
export const UPSTREAM_READ_TIMEOUT = ['upstream-read-timeout'];
export const CLIENT_TIMED_OUT = ['client-timed-out'];
export const RELOADED = ['reload'];
export const WORKER_EXITED_ON_SIGNAL = ['worker-exited-on-signal'];
export const UPSTREAM_REFUSED = ['upstream-refused'];
export const NO_LIVE_UPSTREAMS = ['no-live-upstreams'];
