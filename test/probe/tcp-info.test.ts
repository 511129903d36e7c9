import { describe, expect, it } from 'vitest';
import { netNamespaceOf } from '../../src/probe/net-namespace.ts';
import { readTcpInfo } from '../../src/probe/tcp-info.ts';
import { RecordedHost } from './support/recorded-host.ts';

const never = new AbortController().signal;

/** The arguments of `ss` on a host with that number of sockets. */
async function askedFor(sockets: number): Promise<string> {
  const host = new RecordedHost({ commands: { ss: '' } });
  await readTcpInfo(await netNamespaceOf(host, null), sockets, never);
  return host.ran.join('\n');
}

describe('tcp_info', () => {
  it('is asked of all connections where they are few', async () => {
    expect(await askedFor(4096)).toBe('/usr/bin/ss -HOtine state established');
  });

  it('is asked of about 2,048 of many: clients by their port, upstream connections by ours', async () => {
    const asked = await askedFor(100_000);
    const windows = [...asked.matchAll(/\( ([ds]port) >= :(\d+) and \1 < :(\d+) \)/g)];
    expect(windows.map(([, port]) => port)).toEqual(['dport', 'sport']);
    for (const [, , first, end] of windows) {
      expect(Number(first)).toBeGreaterThanOrEqual(32_768);
      expect(Number(end)).toBeLessThanOrEqual(61_000);
      // Of the 28,232 ports that connections are spread over.
      expect(((Number(end) - Number(first)) / 28_232) * 100_000).toBeCloseTo(2048, -1);
    }
  });

  it('is not known where ss is missing', async () => {
    const namespace = await netNamespaceOf(new RecordedHost({}), null);
    expect(await readTcpInfo(namespace, 10, never)).toBeNull();
  });
});
