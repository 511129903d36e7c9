/**
 * Who holds the sockets of each worker: the expensive join of descriptors and socket tables. Run it on demand or while
 * something is suspicious. Workers with many descriptors are sampled; tables are streamed, never held.
 */
import type { SocketsData } from '../../core/sample.ts';
import type { Settings } from '../../nginx/settings.ts';
import { createProbe, type Look, NO_MASTER } from '../create-probe.ts';
import { lookAtDescriptors } from '../descriptors.ts';
import type { Host } from '../host.ts';
import { netNamespaceOf } from '../net-namespace.ts';
import type { Probe, ProbeTarget } from '../probe.ts';
import { nginxProcesses } from '../process-table.ts';
import { type LedgerSettings, SocketLedger } from '../socket-ledger.ts';
import { readTcpInfo } from '../tcp-info.ts';
import { createSocketTableReader, type SocketRow } from '../tcp-table.ts';
import { unixRows } from '../unix-table.ts';

/** Descriptors looked at in all, spread over the workers. */
const LOOKED_AT = 16_384;
const MASTER_DESCRIPTORS = 4096;

export function createSocketsProbe(host: Host): Probe<'sockets'> {
  async function look({ masterPid, settings }: ProbeTarget, signal: AbortSignal): Promise<Look<SocketsData>> {
    if (masterPid === null) return NO_MASTER;
    const startedAt = performance.now();
    const { ledger, descriptors } = await ledgerOf(masterPid, settings);
    const namespace = await netNamespaceOf(host, masterPid);
    const tcpInfo = readTcpInfo(namespace, descriptors, signal);
    await readTables(ledger, `/proc/${masterPid}/net`, signal);
    const info = await tcpInfo;
    if (info !== null) ledger.addTcpInfo(info);
    const data = { workers: ledger.workers(), timeWaitByPeer: ledger.peers() };
    return { ok: true, data: { ...data, tookMs: Math.round(performance.now() - startedAt) } };
  }

  async function ledgerOf(masterPid: number, settings: Settings | null) {
    const children = await nginxProcesses(host, masterPid);
    const workers = children.filter((child) => child.kind === 'worker');
    const single = workers[0]?.pid === masterPid;
    const master = single ? [] : (await lookAtDescriptors(host, masterPid, MASTER_DESCRIPTORS)).socketInodes;
    const ledger = new SocketLedger(new Set(master), ledgerSettings(settings));
    let descriptors = 0;
    for (const { pid } of workers) {
      const seen = await lookAtDescriptors(host, pid, Math.ceil(LOOKED_AT / workers.length));
      ledger.addWorker(pid, seen);
      descriptors += seen.total;
    }
    return { ledger, descriptors };
  }

  async function readTables(ledger: SocketLedger, net: string, signal: AbortSignal): Promise<void> {
    const each = (onRow: (row: SocketRow) => void) => {
      return createSocketTableReader((row) => {
        onRow(row);
        return true;
      });
    };
    const addTcp = (row: SocketRow) => ledger.addTcp(row);
    const addUdp = (row: SocketRow) => ledger.addUdp(row);
    await host.scan(`${net}/tcp`, each(addTcp), signal);
    // A kernel without IPv6 has none of these two.
    await host.scan(`${net}/tcp6`, each(addTcp), signal).catch(ignoreAbsent);
    await host.scan(`${net}/udp`, each(addUdp), signal);
    await host.scan(`${net}/udp6`, each(addUdp), signal).catch(ignoreAbsent);
    const unix = await host.readText(`${net}/unix`);
    for (const row of unixRows(unix)) ledger.addUnixListener(row);
    for (const row of unixRows(unix)) ledger.addUnix(row);
  }

  return createProbe('sockets', host, { look });
}

function ignoreAbsent(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
}

function ledgerSettings(settings: Settings | null): LedgerSettings {
  const servers = settings?.upstreams.flatMap((upstream) => upstream.servers.map((server) => server.address)) ?? [];
  const unix = [...new Set(servers.filter((address) => address.startsWith('unix:')))];
  const resolverPorts = settings?.resolver?.value.map((address) => Number(/:(\d+)$/.exec(address)?.[1] ?? 53)) ?? [];
  return {
    resolverPorts: new Set([53, ...resolverPorts]),
    unixUpstream: unix.length === 1 ? (unix[0] ?? 'unix:') : 'unix:',
  };
}
