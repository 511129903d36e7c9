import { describe, expect, it } from 'vitest';
import { createListenersProbe } from '../../src/probe/probes/listeners.ts';
import { listen, settings } from '../diagnose/support/settings-builder.ts';
import { RecordedHost, type Recording } from './support/recorded-host.ts';

const row = (local: string, state: string, queue: string, inode: number) =>
  `   0: ${local} 00000000:0000 ${state} 00000000:${queue} 00:00000000 00000000     0        0 ${inode} 1 x\n`;

/** nginx (master 10) on port 80; sshd on port 22. */
const MACHINE: Recording = {
  files: {
    '/proc/10/net/tcp':
      row('00000000:0050', '0A', '00000011', 501) +
      row('00000000:0016', '0A', '00000002', 502) +
      row('0100007F:0050', '01', '000000FF', 503),
    '/proc/10/net/unix': '',
    '/proc/sys/net/core/somaxconn': '128\n',
  },
  links: { '/proc/10/fd/6': 'socket:[501]', '/proc/10/fd/7': 'socket:[503]' },
  commands: { ss: 'tcp LISTEN 17 16 0.0.0.0:80 0.0.0.0:* ino:501 sk:1 <->\n' },
};
const target = {
  masterPid: 10,
  settings: settings({ listens: [listen('0.0.0.0:80')] }),
  statusUrl: null,
  statusHostHeader: null,
};

async function look(machine: Recording, over: Partial<typeof target> = {}) {
  return createListenersProbe(new RecordedHost(machine)).run({ ...target, ...over }, AbortSignal.timeout(1000));
}

describe('the accept queues of nginx', () => {
  it('are those of the sockets its master holds', async () => {
    expect(await look(MACHINE)).toMatchObject({
      ok: true,
      data: { queues: [{ address: '0.0.0.0:80', recvQ: 17, backlog: 16, inode: 501 }] },
    });
  });

  it('are not reported in part: a kernel without IPv6 has no table of it, one that may not be read is an error', async () => {
    expect(await look({ ...MACHINE, errors: { '/proc/10/net/tcp6': 'EACCES' } })).toMatchObject({ reason: 'denied' });
    expect(await look({ ...MACHINE, errors: { '/proc/10/net/tcp': 'ENOENT' } })).toMatchObject({ reason: 'absent' });
  });

  it('are found by address when the descriptors may not be read', async () => {
    const denied = { ...MACHINE, errors: { '/proc/10/fd': 'EACCES' } };
    expect(await look(denied)).toMatchObject({ ok: true, data: { queues: [{ inode: 501 }] } });
  });

  it('are cut at somaxconn when ss is not there to tell', async () => {
    const { commands: _, ...bare } = MACHINE;
    expect(await look(bare)).toMatchObject({ data: { queues: [{ recvQ: 17, backlog: 128 }] } });
    const small = settings({ listens: [listen('0.0.0.0:80', { backlog: 64 })] });
    expect(await look(bare, { settings: small })).toMatchObject({ data: { queues: [{ backlog: 64 }] } });
  });

  it('are asked of ss rarely, since a backlog changes with a reload only', async () => {
    const host = new RecordedHost(MACHINE);
    const probe = createListenersProbe(host);
    for (let tick = 0; tick < 12; tick++) {
      await probe.run(target, AbortSignal.timeout(1000));
      host.time += 5000;
    }
    expect(host.ran).toEqual(Array.from({ length: 3 }, () => '/usr/bin/ss -HOlntxe'));
  });

  it('are asked for inside the namespace of a container', async () => {
    const container: Recording = {
      ...MACHINE,
      links: { ...MACHINE.links, '/proc/self/ns/net': 'net:[1]', '/proc/10/ns/net': 'net:[2]' },
      commands: { ...MACHINE.commands, nsenter: MACHINE.commands?.ss ?? '' },
    };
    const host = new RecordedHost(container);
    const sample = await createListenersProbe(host).run(target, AbortSignal.timeout(1000));
    expect(sample).toMatchObject({ data: { queues: [{ backlog: 16 }] } });
    expect(host.ran).toEqual(['/usr/bin/nsenter -t 10 -n /usr/bin/ss -HOlntxe']);
  });
});
