import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told } from '../support/evidence-builder.ts';
import { place } from '../support/settings-builder.ts';

const zone = {
  kind: 'limit_req_zone' as const,
  name: 'perip',
  key: '$binary_remote_addr',
  sizeBytes: 1_048_576,
  place: place(8),
};
const calm = () => evidence({ limitZones: [zone] }).slots([10, 10]);
const by = (client: string, count: number) => ({ count, captures: { zone: 'perip', client } });

describe('rate-limited', () => {
  it('is information, by design (src/nginx/README.md §4.14)', () => {
    const diagnosis = conclude(calm().line('limit-req', 1, by('203.0.113.9', 40)));
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'rate-limited',
      severity: 'info',
      losing: { now: false },
    });
  });

  it('is not named for a dry run', () => {
    expect(
      conclude(
        calm().line('limit-req', 1, { count: 9, captures: { zone: 'perip', client: '203.0.113.9', dry: ', dry run' } }),
      ),
    ).toMatchObject({ verdict: 'healthy' });
  });
});

describe('limit-key-shared', () => {
  const onlyBalancer = { topClients: [{ address: '10.0.0.1', requests: 100 }] };
  const realIp = { trusted: [], header: 'X-Forwarded-For', place: place(9) };

  it('is certain when a balancer’s address sends everything and nobody trusts its header', () => {
    const diagnosis = conclude(
      evidence({ limitZones: [zone], realIp })
        .slots([10, 10])
        .line('limit-req', 1, by('10.0.0.1', 40))
        .access({ 200: 60, 503: 40 }, onlyBalancer),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'limit-key-shared',
      confidence: 'certain',
      severity: 'critical',
      alsoPresent: ['rate-limited'],
      losing: { now: true },
    });
    expect(diagnosis.fixes[0]?.snippet).toContain('set_real_ip_from 10.0.0.1;');
  });

  it('is likely when one inner address sends everything', () => {
    const diagnosis = conclude(
      calm().line('limit-req', 1, by('10.0.0.1', 40)).access({ 200: 60, 503: 40 }, onlyBalancer),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'limit-key-shared', confidence: 'likely' });
  });

  it('is not named for a greedy inner client beside others, nor when only its rejections are known', () => {
    const others = ['10.0.0.2', '10.0.0.3', '10.0.0.4'].map((address) => ({ address, requests: 2 }));
    const greedy = { topClients: [{ address: '10.0.0.1', requests: 94 }, ...others] };
    const beside = conclude(calm().line('limit-req', 1, by('10.0.0.1', 40)).access({ 200: 60, 503: 40 }, greedy));
    expect(beside, told(beside)).toMatchObject({ cause: 'rate-limited', severity: 'info' });
    expect(conclude(calm().line('limit-req', 1, by('10.0.0.1', 40))).cause).toBe('rate-limited');
  });

  it('is likely when the rejected requests themselves show a proxy: HTTP/1.0, or ever different pages', () => {
    const asking = (requests: readonly string[]) =>
      requests.reduce(
        (builder, request, i) =>
          builder.line('limit-req', i + 1, { count: 3, captures: { zone: 'perip', client: '10.0.0.1', request } }),
        calm(),
      );
    const pages = Array.from({ length: 6 }, (_, i) => `GET /page/${i} HTTP/1.1`);
    expect(conclude(asking(pages))).toMatchObject({ cause: 'limit-key-shared', confidence: 'likely' });
    expect(conclude(asking(pages.map(() => 'GET /api HTTP/1.0')))).toMatchObject({ cause: 'limit-key-shared' });
    expect(conclude(asking(pages.map(() => 'GET /api HTTP/1.1')))).toMatchObject({ cause: 'rate-limited' });
  });

  it('knows Cloudflare’s addresses (radixdlt/radixdlt-nginx#54)', () => {
    const clients = ['162.158.94.179', '172.68.34.41', '141.101.76.5', '104.16.0.1', '2606:4700::1'];
    const rejected = (addresses: readonly string[]) =>
      addresses.reduce((builder, client, i) => builder.line('limit-req', i + 1, by(client, 5)), calm());
    const diagnosis = conclude(rejected(clients));
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'limit-key-shared' });
    expect(diagnosis.fixes[0]?.snippet).toContain('CF-Connecting-IP');
    expect(conclude(rejected(['162.160.0.1', '104.32.0.1', '172.72.0.1'])).cause).toBe('rate-limited');
  });

  it('does not take the first client of a flood that is told as one for all of them', () => {
    const clients = {
      '10.0.0.1': 2,
      ...Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`203.0.113.${i}`, 11])),
    };
    const flood = { count: 101, captures: { zone: 'perip', client: '10.0.0.1', request: 'GET / HTTP/1.0' }, clients };
    const diagnosis = conclude(calm().line('limit-req', 1, flood));
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'rate-limited' });
    expect(diagnosis.summary).toContain('10 client addresses');
  });

  it('is not named where the proxy’s header is trusted', () => {
    const trusting = evidence({ limitZones: [zone], realIp: { ...realIp, trusted: ['10.0.0.0/8'] } }).slots([10, 10]);
    expect(conclude(trusting.line('limit-req', 1, by('10.0.0.1', 40)).access({ 503: 40 }, onlyBalancer)).cause).toBe(
      'rate-limited',
    );
  });

  it('is not named for public addresses, nor for another key', () => {
    expect(conclude(calm().line('limit-req', 1, by('203.0.113.9', 40))).cause).toBe('rate-limited');
    const keyed = evidence({ limitZones: [{ ...zone, key: '$http_x_api_key' }] }).slots([10, 10]);
    expect(conclude(keyed.line('limit-req', 1, by('10.0.0.1', 40))).cause).toBe('rate-limited');
  });
});

describe('shared-zone-full', () => {
  it('is certain, with the zone’s size and place', () => {
    const diagnosis = conclude(
      calm().line('zone-full', 1, { count: 4, captures: { zone: 'perip', kind: 'limit_req zone' } }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'shared-zone-full',
      confidence: 'certain',
      severity: 'critical',
    });
    expect(diagnosis.fixes[0]).toMatchObject({ from: '1m', to: '4m', line: 8 });
  });

  it('names a zone below one MiB by its kibibytes', () => {
    const small = evidence({ limitZones: [{ ...zone, sizeBytes: 32_768 }] }).slots([10, 10]);
    const diagnosis = conclude(small.line('zone-full', 1, { captures: { zone: 'perip', kind: 'limit_req zone' } }));
    expect(diagnosis.summary).toContain('Shared memory zone perip (32k)');
    expect(diagnosis.fixes[0]).toMatchObject({ from: '32k', to: '1m' });
  });

  it('is not named for a rejection by a zone with room', () => {
    expect(conclude(calm().line('limit-req', 1, by('203.0.113.9', 4))).cause).toBe('rate-limited');
  });
});

describe('disk-full', () => {
  const disk = (freeBytes: number) => [{ path: '/var', freeBytes, totalBytes: 1e10 }];

  it('is certain for errno 28', () => {
    expect(
      conclude(
        calm()
          .system({ disks: disk(0) })
          .line('disk-full', 1, { count: 3, level: 'crit' }),
      ),
    ).toMatchObject({ cause: 'disk-full', severity: 'critical', losing: { now: true } });
  });

  it('names the file that could not be written, and no disk with room', () => {
    const diagnosis = conclude(
      calm()
        .system({ disks: disk(5e9) })
        .line('disk-full', 1, { level: 'crit', captures: { path: '/mnt/temp/0000000045' } }),
    );
    expect(diagnosis.summary).toContain('The file system of /mnt/temp/0000000045 is full: 1 write failed lately');
    expect(diagnosis.evidenceFor.map(({ signal }) => signal)).toEqual(['disk-full']);
  });

  it('is a warning while only log lines are lost', () => {
    const log = { target: '/var/log/a.log', formatName: 'combined', format: null, escape: 'default' as const };
    const accessLogs = [{ ...log, buffered: false, gzip: false, place: null }];
    const full = (path: string) =>
      conclude(evidence({ accessLogs }).slots([5, 5]).line('disk-full', 1, { level: 'crit', captures: { path } }));
    expect(full('/var/log/a.log')).toMatchObject({ cause: 'disk-full', severity: 'warning', losing: { now: false } });
    expect(full('/var/cache/b')).toMatchObject({ severity: 'critical', losing: { now: true } });
  });

  it('warns when nearly nothing is free, and is ruled out with room', () => {
    expect(conclude(calm().system({ disks: disk(5e7) }))).toMatchObject({ cause: 'disk-full', severity: 'warning' });
    expect(conclude(calm().system({ disks: disk(5e9) }))).toMatchObject({ verdict: 'healthy' });
  });
});

describe('phantom-counters', () => {
  const page = { active: 90, reading: 40, writing: 9, waiting: 41 };
  const look = (client: number, before = client) =>
    evidence().slots([20, 20]).bothSockets({ client: before }, 10).bothSockets({ client }).page(page);

  it('is a note when Active counts connections no socket stands for (src/nginx/README.md §4.13)', () => {
    const diagnosis = conclude(
      look(5).line('worker-exited-on-signal', 300, { level: 'alert', captures: { signal: '9', child: '99' } }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({ verdict: 'healthy', alsoPresent: ['phantom-counters'] });
    expect(diagnosis.summary).toContain('Active (90) counts 80 connections that no socket stands for');
  });

  it('is not claimed when the sockets are there, or were in the look before', () => {
    expect(conclude(look(44)).alsoPresent).toEqual([]);
    expect(conclude(look(5, 44)).alsoPresent).toEqual([]);
  });
});

describe('blind-spot', () => {
  const level = (name: 'error' | 'notice') => ({
    errorLogs: [{ target: '/e.log', level: name, context: 'main' as const, place: place(2) }],
  });

  it('is a note when the log level hides what would tell of a loss', () => {
    const diagnosis = conclude(evidence(level('error')).slots([5, 5]));
    expect(diagnosis, told(diagnosis)).toMatchObject({ verdict: 'healthy', alsoPresent: ['blind-spot'] });
    expect(diagnosis.notObservable[0]).toMatchObject({ remedy: 'error_log /e.log notice;' });
  });

  it('is not claimed when the log tells everything', () => {
    expect(conclude(evidence(level('notice')).slots([5, 5])).alsoPresent).toEqual([]);
  });
});
