/** Every number against what the guides' own shell commands print at that moment, on a real nginx under some load. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProbeData, ProbeId } from '../../src/core/sample.ts';
import { Backend } from '../../src/demo/lab/backend.ts';
import { holdConnections } from '../../src/demo/lab/connection-holder.ts';
import { createHost } from '../../src/probe/host.ts';
import { createProbes } from '../support/parts.ts';
import { deadline, eventually, startWatched, type WatchedNginx } from './support/watched-nginx.ts';

const probes = createProbes(createHost());
const stop = new AbortController();
let watched: WatchedNginx;
let backend: Backend;
let backendPort: number;

beforeAll(async () => {
  backend = await Backend.start({ behaviour: { kind: 'hang' } });
  backendPort = Number(backend.address.split(':')[1]);
  watched = await startWatched((nginx) => ({
    workers: 2,
    workerConnections: 128,
    main: 'worker_rlimit_nofile 900;',
    listenFlags: 'reuseport backlog=77',
    http: `server { listen unix:${nginx.prefix}/n.sock; location / { return 200; } }`,
    server: `location /api { proxy_pass http://127.0.0.1:${backendPort}; }`,
  }));
  const hello = 'GET /api HTTP/1.1\r\nHost: x\r\n\r\n';
  holdConnections({ port: watched.nginx.port, perSecond: 200, atMost: 12, hello }, stop.signal);
  holdConnections(
    { port: watched.nginx.port, perSecond: 200, atMost: 7, hello: 'GET / HTTP/1.1\r\nHost: x\r\n\r\n' },
    stop.signal,
  );
  await eventually(async () => ((await sockets()).upstream === 12 && (await sockets()).client === 19 ? true : null));
});

afterAll(async () => {
  stop.abort();
  for (const probe of Object.values(probes)) probe.close?.();
  await watched.nginx.dispose();
  await backend.stop();
});

async function shell(command: string): Promise<string> {
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', command]);
  return stdout.trim();
}

async function look<P extends Exclude<ProbeId, 'access'>>(id: P): Promise<ProbeData[P]> {
  const sample = await probes[id].run(await watched.target(), deadline());
  if (!sample.ok) throw new Error(`${sample.reason}: ${sample.detail}`);
  return sample.data as ProbeData[P];
}

/** Both at rest: what the shell said before and after the sample must agree, else both are repeated. */
async function sameTime<T>(command: () => Promise<string>, ours: () => Promise<T>): Promise<[T, string]> {
  return eventually(async () => {
    const before = await command();
    const seen = await ours();
    return (await command()) === before ? [seen, before] : null;
  });
}

async function sockets() {
  const { workers } = await look('sockets');
  const sum = (key: 'client' | 'upstream' | 'unexplained' | 'listening' | 'channel') =>
    workers.reduce((total, worker) => total + worker[key], 0);
  return {
    client: sum('client'),
    upstream: sum('upstream'),
    unexplained: sum('unexplained'),
    listening: sum('listening'),
    channel: sum('channel'),
    workers,
  };
}

describe('the same number as', () => {
  it('curl of the status page, less the connections of curl and ours', async () => {
    await look('stub-status');
    const counters = await eventually(async () => {
      const { counters: ours, armed } = await look('stub-status');
      const page = await shell(
        `curl -s ${watched.nginx.statusUrl} | awk 'NR == 1 {print $3} NR == 3 {print $1, $2} NR == 4 {print $2, $4, $6}'`,
      );
      const [active = 0, accepts = 0, handled = 0, reading = 0, writing = 0, waiting = 0] = page
        .split(/\s+/)
        .map(Number);
      if (ours === null || armed?.ok !== true) return null;
      // curl sees itself (Active, Writing) and the armed connection (Active, Reading).
      const theirs = {
        active: active - 2,
        gap: accepts - handled,
        reading: reading - 1,
        writing: writing - 1,
        waiting,
      };
      const mine = {
        active: ours.active,
        gap: ours.accepts - ours.handled,
        reading: ours.reading,
        writing: ours.writing,
        waiting: ours.waiting,
      };
      return JSON.stringify(mine) === JSON.stringify(theirs) ? mine : null;
    });
    expect(counters).toEqual({ active: 19, gap: 0, reading: 0, writing: 12, waiting: 7 });
  });

  it('pgrep of the worker processes', async () => {
    const { masterPid } = await watched.target();
    const [{ processes }, listed] = await sameTime(
      () => shell(`pgrep -P ${masterPid} | sort -n`),
      () => look('workers'),
    );
    expect(
      processes
        .map(({ pid }) => String(pid))
        .sort()
        .join('\n'),
    ).toBe(listed.split('\n').sort().join('\n'));
    expect(processes.map(({ kind, generation }) => [kind, generation])).toEqual([
      ['worker', 'current'],
      ['worker', 'current'],
    ]);
  });

  it('ps about start time, state and memory', async () => {
    const { processes } = await look('workers');
    for (const { pid, startedAtMs, residentBytes } of processes) {
      const [elapsed = 0, kib = 0] = (await shell(`ps -o etimes=,rss= -p ${pid}`)).split(/\s+/).map(Number);
      expect(Math.abs((Date.now() - startedAtMs) / 1000 - elapsed)).toBeLessThan(2);
      expect(Math.abs((residentBytes ?? 0) / 1024 - kib)).toBeLessThan(1024);
    }
  });

  it('ls of /proc/PID/fd and the limit of that very worker', async () => {
    const { workers } = await look('fds');
    expect(workers).toHaveLength(2);
    for (const { pid, used, soft, hard } of workers) {
      const [, shown] = await sameTime(
        () => shell(`ls /proc/${pid}/fd | wc -l`),
        () => look('fds'),
      );
      expect(used).toBe(Number(shown));
      expect([soft, hard].join(' ')).toBe(await shell(`awk '/^Max open files/ {print $4, $5}' /proc/${pid}/limits`));
      expect(soft).toBe(900);
    }
  });

  it('cat of file-nr', async () => {
    const { systemUsed, systemMax } = await look('fds');
    const [used = 0, , max] = (await shell('cat /proc/sys/fs/file-nr')).split(/\s+/).map(Number);
    expect(systemMax).toBe(max);
    expect(Math.abs((systemUsed ?? 0) - used)).toBeLessThan(500);
  });

  it('ss -ltn and ss -lx for each listening socket', async () => {
    const { queues } = await look('listeners');
    const { port, statusPort, prefix } = watched.nginx;
    const tcp = await shell(
      `ss -Hltn '( sport = :${port} or sport = :${statusPort} )' | awk '{print $4, $2, $3}' | sort`,
    );
    const unix = await shell(`ss -Hlx | awk '$5 == "${prefix}/n.sock" {print "unix:" $5, $3, $4}'`);
    const ours = queues.map(({ address, recvQ, backlog }) => `${address} ${recvQ} ${backlog}`).sort();
    expect(ours).toEqual([...tcp.split('\n'), unix].sort());
    expect(queues.filter(({ address }) => address === `127.0.0.1:${port}`).map(({ backlog }) => backlog)).toEqual([
      77, 77,
    ]);
  });

  it('nstat and sockstat', async () => {
    const names = 'TcpExtListenOverflows TcpExtListenDrops TcpExtSyncookiesSent TcpExtTCPAbortOnMemory';
    const [kernel, shown] = await sameTime(
      () => shell(`nstat -asz ${names} | awk 'NR > 1 {print $1, $2}' | sort`),
      () => look('kernel'),
    );
    expect(shown.split('\n')).toEqual([
      `TcpExtListenDrops ${kernel.listenDrops}`,
      `TcpExtListenOverflows ${kernel.listenOverflows}`,
      `TcpExtSyncookiesSent ${kernel.syncookiesSent}`,
      `TcpExtTCPAbortOnMemory ${kernel.tcpAbortOnMemory}`,
    ]);
    const [again, timeWait] = await sameTime(
      () => shell(`awk '/^TCP:/ {print $7}' /proc/net/sockstat`),
      () => look('kernel'),
    );
    expect(again.timeWaitSockets).toBe(Number(timeWait));
  });

  it('socket descriptors less channels and reuseport clones, counted by hand', async () => {
    const { workers, old } = await look('slots');
    expect(old).toEqual([]);
    for (const { pid, used, limit, method } of workers) {
      // One channel to the other worker, one clone of the other worker's reuseport socket.
      const counted = Number(await shell(`ls -l /proc/${pid}/fd | grep -c socket:`)) - 2;
      expect({ used, limit, method }).toEqual({ used: counted, limit: 128, method: 'exact' });
    }
    const { client, upstream } = await sockets();
    const slots = workers.reduce((sum, worker) => sum + worker.used, 0);
    // Each worker: its own reuseport socket, the status listener, the unix listener, its channel.
    expect(slots).toBe(client + upstream + 2 * 4);
  });

  it('ss -tnp by worker and direction', async () => {
    const { workers, unexplained } = await sockets();
    expect(unexplained).toBe(0);
    for (const { pid, client, upstream, upstreamSilent, topUpstreams } of workers) {
      const owned = `ss -Htnp state established | grep 'pid=${pid},'`;
      expect(client).toBe(
        Number(await shell(`${owned} | awk '$3 ~ /:(${watched.nginx.port}|${watched.nginx.statusPort})$/' | wc -l`)),
      );
      expect(upstream).toBe(Number(await shell(`${owned} | awk '$4 ~ /:${backendPort}$/' | wc -l`)));
      expect(upstreamSilent).toBe(upstream);
      expect(topUpstreams).toEqual([{ address: `127.0.0.1:${backendPort}`, sockets: upstream }]);
    }
  });

  it('sysctl, nproc and free', async () => {
    const system = await look('system');
    expect(system.cpus).toBe(Number(await shell('nproc')));
    expect(system.somaxconn).toBe(Number(await shell('cat /proc/sys/net/core/somaxconn')));
    const ports = `${system.ephemeralPortFirst} ${system.ephemeralPortLast}`;
    expect(ports).toBe(await shell(`awk '{print $1, $2}' /proc/sys/net/ipv4/ip_local_port_range`));
    expect(system.memoryTotalBytes).toBe(Number(await shell(`awk '/^MemTotal/ {print $2}' /proc/meminfo`)) * 1024);
    expect(system.disks).toHaveLength(1);
    const [disk] = system.disks;
    expect(disk?.totalBytes).toBe(Number(await shell(`df -B1 --output=size ${watched.nginx.prefix} | tail -1`)));
    expect(disk?.path).toBe(await shell(`df --output=target ${watched.nginx.prefix} | tail -1`));
  });
});
