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

describe('limit-key-shared', () => {
  const onlyBalancer = { topClients: [{ address: '10.0.0.1', requests: 100 }] };
  const realIp = { trusted: [], header: 'X-Forwarded-For', place: place(9) };

  it('is certain when a balancer’s address sends everything and its header is not trusted', () => {
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

  it('does not take the first client of a flood that is reported for all of them', () => {
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
