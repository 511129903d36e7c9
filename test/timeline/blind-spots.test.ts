import { describe, expect, it } from 'vitest';
import type { Sample } from '../../src/core/sample.ts';
import type { Settings } from '../../src/core/settings.ts';
import type { LogLevel } from '../../src/core/signal.ts';
import { createTimeline } from '../../src/timeline/timeline.ts';
import { place, settings } from '../diagnose/support/settings-builder.ts';
import { SAMPLE_KINDS } from '../support/parts.ts';

const page = { url: 'http://127.0.0.1/s', hostHeader: null, allow: [], deny: [], ownListener: true, place: place(9) };
const accessLog = {
  target: '/var/log/nginx/access.log',
  formatName: 'main',
  escape: 'default' as const,
  buffered: false,
  gzip: false,
  place: place(5),
};
const seeing: Partial<Settings> = {
  statusPages: [page],
  accessLogs: [{ ...accessLog, format: '$status $upstream_response_time' }],
};

function spots(over: Partial<Settings>, ...samples: readonly Sample[]) {
  const timeline = createTimeline({ host: 'web-1', sampleKinds: SAMPLE_KINDS });
  timeline.setSettings(settings({ ...seeing, ...over }));
  for (const sample of samples) timeline.addSample(sample);
  return timeline.evidence(1_000).notObservable;
}

describe('blind spots', () => {
  it('are empty on a fully observable host', () => {
    expect(spots({})).toEqual([]);
  });

  it('name the log level that hides warnings, its place and the remedy', () => {
    const [spot] = spots({
      errorLogs: [{ target: '/var/log/nginx/error.log', level: 'error', context: 'main', place: place(2) }],
    });
    expect(spot).toMatchObject({
      because:
        'error_log /var/log/nginx/error.log has level error, which drops warn and notice (/etc/nginx/nginx.conf:2)',
      remedy: 'error_log /var/log/nginx/error.log notice;',
    });
  });

  it('require only warnings of the log of a site, because nginx writes nothing about its processes there', () => {
    const log = (context: 'main' | 'server', level: LogLevel) => ({
      target: `/var/log/nginx/${context}.log`,
      level,
      context,
      place: place(2),
    });
    expect(spots({ errorLogs: [log('main', 'notice'), log('server', 'warn')] })).toEqual([]);
    expect(spots({ errorLogs: [log('main', 'notice'), log('server', 'error')] })).toMatchObject([
      { what: 'ejected upstream servers in the error log', remedy: 'error_log /var/log/nginx/server.log warn;' },
    ]);
  });

  it('name three logs of thousands and count the others', () => {
    const log = (site: number) => ({
      target: `/var/log/nginx/${site}.log`,
      level: 'error' as const,
      context: 'server' as const,
      place: place(site),
    });
    const many = spots({ errorLogs: Array.from({ length: 4_000 }, (_, site) => log(site % 2_000)) });
    expect(many).toHaveLength(4);
    expect(many[3]?.what).toBe('the same in 1997 more error logs');
  });

  it('name an access log without upstream times only when there are upstreams', () => {
    const blind = { accessLogs: [{ ...accessLog, format: '$status' }] };
    expect(spots(blind)[0]?.because).toContain('log_format main has no $upstream_response_time');
    expect(spots({ ...blind, passes: [] })).toEqual([]);
  });

  it('ignore what a fragment of a configuration leaves out', () => {
    expect(spots({ origin: 'fragment', statusPages: [], accessLogs: [] })).toEqual([]);
  });

  it('name a missing status page until one answers', () => {
    expect(spots({ statusPages: [] })[0]?.because).toBe('no location has stub_status');
  });

  it('name a denied probe with a remedy', () => {
    expect(spots({}, { probe: 'fds', at: 1, ok: false, reason: 'denied', detail: '/proc/7/fd: EACCES' })).toEqual([
      {
        what: 'open files and limits of the workers',
        because: 'the fds probe: denied, /proc/7/fd: EACCES',
        remedy: 'run gapwatch as root or with CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH',
      },
    ]);
  });

  it('recommend more time, not more rights, for a probe that timed out', () => {
    const [spot] = spots({}, { probe: 'sockets', at: 1, ok: false, reason: 'timeout', detail: 'after 1000 ms' });
    expect(spot?.remedy).toContain('raise probes.timeoutMs');
  });

  it('report once that nginx does not run, and keep blind spots with other reasons', () => {
    const absent = (['workers', 'fds', 'slots'] as const).map(
      (probe): Sample => ({ probe, at: 1, ok: false, reason: 'absent', detail: 'no master' }),
    );
    const denied: Sample = { probe: 'kernel', at: 1, ok: false, reason: 'denied', detail: 'EACCES' };
    expect(spots({}, ...absent, denied).map(({ because }) => because)).toEqual([
      'no nginx master process was found',
      'the kernel probe: denied, EACCES',
    ]);
  });

  it.each([
    ['denied', 'http://127.0.0.1/s: HTTP 401', /^auth_basic off; allow 127\.0\.0\.1;/],
    ['denied', 'http://127.0.0.1/s: HTTP 403', /^allow 127\.0\.0\.1; {2}# in the stub_status location \(\S+:9\)/],
    ['http-error', 'http://127.0.0.1/s: HTTP 301', /^listen 127\.0\.0\.1:8090;/],
  ] as const)('name a page that answers %s, %s, with a remedy', (reason, detail, remedy) => {
    const fresh = { ok: false as const, latencyMs: 1, reason, detail };
    const data = { url: 'http://127.0.0.1/s', fresh, armed: null, counters: null };
    expect(spots({}, { probe: 'stub-status', at: 1, ok: true, data })).toMatchObject([
      { what: 'the stub_status page', remedy: expect.stringMatching(remedy) },
    ]);
  });

  it('report once that the processes of nginx are hidden', () => {
    const hidden = (['workers', 'fds', 'slots', 'listeners'] as const).map(
      (probe): Sample => ({ probe, at: 1, ok: false, reason: 'denied', detail: 'hidden' }),
    );
    expect(spots({}, ...hidden)).toMatchObject([{ what: 'nginx', because: 'its processes are hidden from gapwatch' }]);
  });

  it('report a missing status page once, and leave it to discovery when that knows more', () => {
    const absent: Sample = { probe: 'stub-status', at: 1, ok: false, reason: 'absent', detail: 'no location is known' };
    expect(spots({ statusPages: [] }, absent).map(({ what }) => what)).toEqual(['stub_status']);
    const timeline = createTimeline({ host: 'web-1', sampleKinds: SAMPLE_KINDS });
    timeline.setSettings(settings({ ...seeing, statusPages: [] }));
    timeline.setNotObservable([{ what: 'stub_status', because: 'no location', remedy: 'put this into' }]);
    expect(timeline.evidence(2).notObservable.map(({ remedy }) => remedy)).toEqual(['put this into']);
  });

  it('treat a refused status page as a symptom, and a 403 as a blind spot', () => {
    const failed = (reason: 'refused' | 'denied'): Sample => ({
      probe: 'stub-status',
      at: 1,
      ok: false,
      reason,
      detail: 'd',
    });
    expect(spots({}, failed('refused'))).toEqual([]);
    expect(spots({}, failed('denied'))[0]?.what).toBe('the stub_status page');
  });

  it('report once that gapwatch has no free descriptor, with a remedy', () => {
    const failed = (probe: 'workers' | 'slots' | 'fds'): Sample => ({
      probe,
      at: 900,
      ok: false,
      reason: 'failed',
      detail: "EMFILE: too many open files, open '/proc/7/stat'",
    });
    const found = spots({}, failed('workers'), failed('slots'), failed('fds'));
    expect(found).toMatchObject(
      [{ because: /no free descriptor/, remedy: /LimitNOFILE=/ }].map((one) => ({
        because: expect.stringMatching(one.because),
        remedy: expect.stringMatching(one.remedy),
      })),
    );
  });
});
