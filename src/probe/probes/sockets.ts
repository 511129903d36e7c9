/**
 * The probe of each worker's sockets by peer. It joins descriptors with socket tables, which is expensive, so it runs on
 * demand or while something is suspicious. Workers with many descriptors are sampled; tables are streamed.
 */
import { type SocketsData, sample } from '../../core/samples/sockets.ts';
import type { Settings } from '../../core/settings.ts';
import { createProbe, type Look, noMaster } from '../create-probe.ts';
import { descriptorCount, lookAtDescriptors } from '../descriptors.ts';
import type { Host } from '../host.ts';
import { masterSockets } from '../master-sockets.ts';
import { netNamespaceOf } from '../net-namespace.ts';
import type { MakeProbe, Probe, ProbeTarget } from '../probe.ts';
import { nginxProcesses } from '../process-table.ts';
import { scanSocketTable } from '../scan-socket-table.ts';
import { type LedgerSettings, SocketLedger } from '../socket-ledger.ts';
import { parseSockstat } from '../sockstat.ts';
import { readTcpInfo } from '../tcp-info.ts';
import { type SocketRow, TCP_STATE } from '../tcp-table.ts';
import { createUnixTableReader } from '../unix-table.ts';

/** Descriptors looked at in all, spread over the workers, but enough of each to tell its shares. */
const LOOKED_AT = 4096;
const LOOKED_AT_EACH = 256;

interface CountedWorker {
  readonly pid: number;
  /** Descriptors it has open. */
  readonly total: number;
}

export const probe: MakeProbe<'sockets'> = { sample, create: createSocketsProbe };

export function createSocketsProbe(host: Host): Probe<'sockets'> {
  async function look(target: ProbeTarget, signal: AbortSignal): Promise<Look<SocketsData>> {
    const { masterPid, settings } = target;
    if (masterPid === null) return noMaster(target);
    const startedAt = performance.now();
    const children = await nginxProcesses(host, masterPid);
    const workers = await Promise.all(
      children
        .filter(({ kind }) => kind === 'worker')
        .map(async ({ pid }): Promise<CountedWorker> => ({ pid, total: await descriptorCount(host, pid) })),
    );
    const namespace = await netNamespaceOf(host, masterPid);
    // The other process works while this one reads; it is asked first because it takes longest.
    const tcpInfo = readTcpInfo(
      namespace,
      workers.reduce((sum, { total }) => sum + total, 0),
      signal,
    );
    // Awaited below; nginx may end while the tables are read, and that must not count as unhandled.
    tcpInfo.catch(() => undefined);
    const ledger = await openLedger(host, masterPid, workers, settings);
    await readTables(host, ledger, `/proc/${masterPid}/net`, signal);
    const info = await tcpInfo;
    if (info !== null) ledger.addTcpInfo(info);
    const data = { workers: ledger.workers(), timeWaitByPeer: ledger.peers() };
    return { ok: true, data: { ...data, tookMs: Math.round(performance.now() - startedAt) } };
  }
  return createProbe(sample, host, { look });
}

async function openLedger(
  host: Host,
  masterPid: number,
  workers: readonly CountedWorker[],
  settings: Settings | null,
): Promise<SocketLedger> {
  const limit = Math.max(LOOKED_AT_EACH, Math.ceil(LOOKED_AT / workers.length));
  const shared = workers[0]?.pid === masterPid ? new Set<number>() : await masterSockets(host, masterPid);
  const ledger = new SocketLedger(shared, ledgerSettings(settings));
  // One after the other: the slices that each works in would add up to one long one.
  for (const { pid, total } of workers) ledger.addWorker(pid, await lookAtDescriptors(host, pid, { total, limit }));
  return ledger;
}

async function readTables(host: Host, ledger: SocketLedger, net: string, signal: AbortSignal): Promise<void> {
  // To the end: since Linux 6.15 (9544d60a2605) the hash is linear in the local port, so a part of a table is no fair
  // sample.
  let timeWait = 0;
  const addTcp = (row: SocketRow): boolean => {
    if (row.state === TCP_STATE.timeWait) timeWait += 1;
    ledger.addTcp(row);
    return true;
  };
  const addUdp = (row: SocketRow): boolean => {
    ledger.addUdp(row);
    return true;
  };
  await scanSocketTable(host, `${net}/tcp`, addTcp, signal);
  if (!(await isTcp6Empty(host, net, timeWait))) await scanSocketTable(host, `${net}/tcp6`, addTcp, signal);
  for (const family of ['udp', 'udp6']) await scanSocketTable(host, `${net}/${family}`, addUdp, signal);
  await host.scan(
    `${net}/unix`,
    createUnixTableReader((row) => ledger.addUnix(row)),
    signal,
  );
}

/**
 * The kernel walks its whole hash for an empty table too, for as long as it writes 20,000 sockets. `inuse` counts all of
 * IPv6 but those in TIME_WAIT, `tw` these of both families (net/ipv4/proc.c sockstat_seq_show).
 */
async function isTcp6Empty(host: Host, net: string, timeWaitSeen: number): Promise<boolean> {
  const count = async (file: string, group: string, name: string) =>
    parseSockstat(await host.readText(`${net}/${file}`).catch(() => ''), group).get(name);
  const [inUse, timeWait] = await Promise.all([count('sockstat6', 'TCP6', 'inuse'), count('sockstat', 'TCP', 'tw')]);
  return inUse === 0 && timeWait !== undefined && timeWait <= timeWaitSeen;
}

function ledgerSettings(settings: Settings | null): LedgerSettings {
  const servers = settings?.upstreams.flatMap((upstream) => upstream.servers.map((server) => server.address)) ?? [];
  const unix = [...new Set(servers.filter((address) => address.startsWith('unix:')))];
  const resolvers = settings?.resolvers?.flatMap(({ value }) => value) ?? [];
  const resolverPorts = resolvers.map((address) => Number(/:(\d+)$/.exec(address)?.[1] ?? 53));
  return {
    resolverPorts: new Set([53, ...resolverPorts]),
    unixUpstream: unix.length === 1 ? (unix[0] ?? 'unix:') : 'unix:',
  };
}
