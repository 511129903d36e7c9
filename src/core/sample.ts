/**
 * What a probe saw at one moment. A probe that could not look says so as a value, and why: "could not look" is
 * evidence of its own and never "all is well". The event stream and bundles carry these objects as they are
 * (`{"type":"sample","at":ISO,"host":…,"probe":…,"ok":…,"data":…|"reason":…,"detail":…}`).
 */

/** How a connection attempt or a read failed. src/nginx/README.md §5 says what each means on a status page. */
export type ProbeFailure =
  | 'denied' // EACCES/EPERM, HTTP 401/403
  | 'absent' // the file, process, socket or page is not there
  | 'refused' // ECONNREFUSED
  | 'reset' // RST or EOF before an answer: the worker that took it had no slot
  | 'connect-timeout' // the SYN is not answered: the accept queue is full
  | 'read-timeout' // connected, then silence: descriptors, or a stopped or blocked worker
  | 'timeout' // the probe itself took too long
  | 'http-error' // an HTTP status other than 200 (detail says which)
  | 'malformed' // an answer that cannot be understood
  | 'failed'; // the look itself failed: no descriptor or memory left here, an I/O error; says nothing of nginx

export interface StubStatusCounters {
  readonly active: number;
  readonly accepts: number;
  readonly handled: number;
  readonly requests: number;
  readonly reading: number;
  readonly writing: number;
  readonly waiting: number;
}

export type Attempt =
  | { readonly ok: true; readonly latencyMs: number; readonly counters: StubStatusCounters }
  | { readonly ok: false; readonly latencyMs: number; readonly reason: ProbeFailure; readonly detail: string };

export interface StubStatusData {
  readonly url: string;
  /** A new connection for this probe. */
  readonly fresh: Attempt;
  /** The connection kept open with half a request on it (src/nginx/README.md §5); null while it is not set up. */
  readonly armed: Attempt | null;
  /** Counters of whichever attempt answered (armed preferred), our own connections already subtracted; else null. */
  readonly counters: StubStatusCounters | null;
}

export type ProcessKind = 'worker' | 'cache-manager' | 'cache-loader' | 'privileged-agent' | 'other';

export interface WorkerProcess {
  readonly pid: number;
  /** The pid that the process itself sees, and logs, in a PID namespace of its own; absent: the same. */
  readonly innerPid?: number | null;
  readonly kind: ProcessKind;
  readonly generation: 'current' | 'shutting-down';
  readonly startedAtMs: number;
  /** Kernel state letter: R S D T Z. */
  readonly state: string;
  /** CPU used since the previous sample, 0–1 of one core; null in the first sample. */
  readonly cpuRatio: number | null;
  /** The same with the time it waited for a CPU others had: near 1 = never idle. Null or absent when not known. */
  readonly cpuWantedRatio?: number | null;
  readonly residentBytes: number | null;
}

export interface WorkersData {
  readonly masterPid: number;
  readonly masterStartedAtMs: number;
  readonly masterInnerPid?: number | null;
  /** All children of the master. */
  readonly processes: readonly WorkerProcess[];
}

export interface FdUse {
  readonly pid: number;
  readonly used: number;
  /** RLIMIT_NOFILE of that pid; null = unlimited or unreadable. */
  readonly soft: number | null;
  readonly hard: number | null;
}

export interface FdsData {
  /** One entry for each child of the master that could be read. */
  readonly workers: readonly FdUse[];
  readonly master: FdUse | null;
  /** /proc/sys/fs/file-nr. */
  readonly systemUsed: number | null;
  readonly systemMax: number | null;
}

export interface ListenQueue {
  /** `127.0.0.1:80`, `[::]:443`, `unix:/run/x.sock`. A reuseport listener has one entry for each clone. */
  readonly address: string;
  /** Connections waiting to be accepted (Recv-Q of a listening socket). */
  readonly recvQ: number;
  /** Effective backlog (Send-Q of a listening socket); null when only the config could tell it and does not. */
  readonly backlog: number | null;
  readonly inode: number;
}

export interface ListenersData {
  /** nginx's own listening sockets. */
  readonly queues: readonly ListenQueue[];
}

export interface KernelData {
  /** TcpExt counters of nginx's own network namespace, cumulative. */
  readonly listenOverflows: number | null;
  readonly listenDrops: number | null;
  readonly syncookiesSent: number | null;
  readonly tcpAbortOnMemory: number | null;
  readonly timeWaitSockets: number | null;
  readonly tcpInUse: number | null;
  readonly orphanSockets: number | null;
  readonly conntrackCount: number | null;
  readonly conntrackMax: number | null;
}

export interface WorkerSlots {
  readonly pid: number;
  /** Connection slots in use, counted from outside (src/nginx/README.md §2): sockets less channels, listeners included. */
  readonly used: number;
  /** worker_connections that this worker runs with; null when unknown. */
  readonly limit: number | null;
  /** `exact`: every descriptor was looked at. `bound`: from the descriptor count, never too low by more than files. */
  readonly method: 'exact' | 'bound';
}

export interface SlotsData {
  /** Current workers only. */
  readonly workers: readonly WorkerSlots[];
  /** Workers that are shutting down: they hold slots of their own, never added to utilisation. */
  readonly old: readonly WorkerSlots[];
}

/** Who holds the sockets of one worker. Counts are estimates when `sampled` (large tables are sampled, totals exact). */
export interface WorkerSockets {
  readonly pid: number;
  readonly sampled: boolean;
  readonly client: number;
  readonly upstream: number;
  readonly listening: number;
  /** Unix sockets that are neither a client's nor an upstream's: channels, syslog. */
  readonly channel: number;
  readonly resolver: number;
  readonly unexplained: number;
  /** Established client sockets with bytes in their send queue: slow readers. */
  readonly clientSendQueued: number;
  /** Client sockets with unread bytes in the receive queue. */
  readonly clientRecvQueued: number;
  /** Client sockets that received a byte in the last 2.5 s; null when the kernel's tcp_info is out of reach. */
  readonly clientRecentlyReceived: number | null;
  /** Client sockets that were never sent a byte; null or absent when tcp_info is out of reach. */
  readonly clientUnanswered?: number | null;
  /** Those of them that brought 4 KiB or more: a body, no header. */
  readonly clientUnansweredBodies?: number | null;
  /** Upstream sockets that have not received one byte yet; null when tcp_info is out of reach. */
  readonly upstreamSilent: number | null;
  /**
   * Upstream sockets whose last sent byte is younger than the last received one, or that never received any: they wait
   * for an answer, also when they were reused from a keepalive pool. Null or absent when tcp_info is out of reach.
   */
  readonly upstreamAwaiting?: number | null;
  /** Upstream sockets still connecting (SYN-SENT). */
  readonly upstreamConnecting: number;
  /** Upstream sockets the peer has closed (CLOSE-WAIT). */
  readonly upstreamCloseWait: number;
  /** Peer address → sockets, largest 8. */
  readonly topClients: readonly { readonly address: string; readonly sockets: number }[];
  readonly topUpstreams: readonly { readonly address: string; readonly sockets: number }[];
}

export interface SocketsData {
  readonly workers: readonly WorkerSockets[];
  /** TIME_WAIT sockets by upstream peer `address:port`, largest 8, and local ports in use towards it. */
  readonly timeWaitByPeer: readonly { readonly peer: string; readonly timeWait: number; readonly inUse: number }[];
  readonly tookMs: number;
}

export interface SystemData {
  readonly cpus: number;
  readonly memoryTotalBytes: number | null;
  readonly memoryAvailableBytes: number | null;
  readonly loadAverage1m: number | null;
  readonly somaxconn: number | null;
  readonly ephemeralPortFirst: number | null;
  readonly ephemeralPortLast: number | null;
  readonly tcpTwReuse: number | null;
  readonly tcpMaxSynBacklog: number | null;
  /** pids cgroup of the master. */
  readonly pidsCurrent: number | null;
  readonly pidsMax: number | null;
  /** Free bytes of the file systems that hold logs and temp files, by mount path. */
  readonly disks: readonly { readonly path: string; readonly freeBytes: number; readonly totalBytes: number }[];
}

/** One entry for each upstream peer, over one interval of the access log. */
export interface AccessUpstream {
  readonly peer: string;
  readonly requests: number;
  readonly errors5xx: number;
  /** Seconds × 1000; null when the log_format has no such variable. */
  readonly connectMs: Quantiles | null;
  readonly headerMs: Quantiles | null;
  readonly responseMs: Quantiles | null;
  /** Attempts by response time in ms, eight steps to each doubling, for sums over hours; not in the event stream. */
  readonly responseCounts?: readonly (readonly [ms: number, count: number])[];
}

export interface Quantiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export interface AccessData {
  readonly intervalMs: number;
  readonly requests: number;
  /** Lines no format fits. */
  readonly unparsed: number;
  /** Status code → requests. */
  readonly status: Readonly<Record<string, number>>;
  readonly requestMs: Quantiles | null;
  readonly upstreams: readonly AccessUpstream[];
  readonly topClients: readonly { readonly address: string; readonly requests: number }[];
  /** Requests that took 30 s or longer (long polls, streams, stuck ones); null when no format has $request_time. */
  readonly longRequests?: number | null;
}

/** Probe id → what it sees. `access` is fed by the access log instead of a probe. */
export interface ProbeData {
  readonly 'stub-status': StubStatusData;
  readonly workers: WorkersData;
  readonly fds: FdsData;
  readonly listeners: ListenersData;
  readonly kernel: KernelData;
  readonly slots: SlotsData;
  readonly sockets: SocketsData;
  readonly system: SystemData;
  readonly access: AccessData;
}

export type ProbeId = keyof ProbeData;

export type SampleOf<P extends ProbeId> =
  | { readonly probe: P; readonly at: number; readonly ok: true; readonly data: ProbeData[P] }
  | {
      readonly probe: P;
      readonly at: number;
      readonly ok: false;
      readonly reason: ProbeFailure;
      readonly detail: string;
    };

export type Sample = { [P in ProbeId]: SampleOf<P> }[ProbeId];

/** The same sample by a wall clock that was moved. */
export function movedSample<S extends Sample>(sample: S, byMs: number): S {
  if (byMs === 0) return sample;
  const moved = { ...sample, at: sample.at + byMs };
  if (moved.probe !== 'workers' || !moved.ok) return moved;
  const processes = moved.data.processes.map((one) => ({ ...one, startedAtMs: one.startedAtMs + byMs }));
  return { ...moved, data: { ...moved.data, masterStartedAtMs: moved.data.masterStartedAtMs + byMs, processes } };
}
