/** The probe of the kernel's TCP counters in nginx's network namespace, and of the connection-tracking table. */
import { type KernelData, sample } from '../../core/samples/kernel.ts';
import { createProbe, type Look } from '../create-probe.ts';
import { isGone } from '../failure.ts';
import type { Host } from '../host.ts';
import { netNamespaceOf } from '../net-namespace.ts';
import type { MakeProbe, Probe, ProbeTarget } from '../probe.ts';
import { parseSockstat } from '../sockstat.ts';

const CONNTRACK = ['net/netfilter/nf_conntrack_count', 'net/netfilter/nf_conntrack_max'];

export const probe: MakeProbe<'kernel'> = { sample, create: createKernelProbe };

function createKernelProbe(host: Host): Probe<'kernel'> {
  async function look({ masterPid }: ProbeTarget, signal: AbortSignal): Promise<Look<KernelData>> {
    const net = `/proc/${masterPid ?? 'self'}/net`;
    const namespace = await netNamespaceOf(host, masterPid);
    const [netstat, sockstat, sockstat6, conntrack] = await Promise.all([
      host.readText(`${net}/netstat`),
      host.readText(`${net}/sockstat`),
      host.readText(`${net}/sockstat6`).catch(emptyWithoutIpv6),
      namespace.sysctls(CONNTRACK, signal),
    ]);
    const tcpExt = parseCounterPairs(netstat, 'TcpExt');
    const tcp = parseSockstat(sockstat, 'TCP');
    const inUse = tcp.get('inuse');
    const [conntrackCount, conntrackMax] = conntrack.map((text) => (text === null ? null : Number(text)));
    return {
      ok: true,
      data: {
        listenOverflows: tcpExt.get('ListenOverflows') ?? null,
        listenDrops: tcpExt.get('ListenDrops') ?? null,
        syncookiesSent: tcpExt.get('SyncookiesSent') ?? null,
        tcpAbortOnMemory: tcpExt.get('TCPAbortOnMemory') ?? null,
        timeWaitSockets: tcp.get('tw') ?? null,
        tcpInUse: inUse === undefined ? null : inUse + (parseSockstat(sockstat6, 'TCP6').get('inuse') ?? 0),
        orphanSockets: tcp.get('orphan') ?? null,
        conntrackCount: conntrackCount ?? null,
        conntrackMax: conntrackMax ?? null,
      },
    };
  }
  return createProbe(sample, host, { look });
}

/** A kernel without IPv6 has no such file. */
function emptyWithoutIpv6(error: unknown): string {
  if (!isGone(error)) throw error;
  return '';
}

/** /proc/net/netstat: a line of names and a line of values, each after `GROUP:`. */
export function parseCounterPairs(text: string, group: string): ReadonlyMap<string, number> {
  const [names = [], values = []] = text
    .split('\n')
    .filter((line) => line.startsWith(`${group}: `))
    .map((line) => line.split(' ').slice(1));
  return new Map(names.map((name, index) => [name, Number(values[index])]));
}
