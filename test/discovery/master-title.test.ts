import { describe, expect, it } from 'vitest';
import { readMasterTitle } from '../../src/discovery/master-title.ts';

const NONE = { config: null, prefix: null, errorLog: null, globals: null };

describe('a master', () => {
  it.each([
    ['nginx', { ...NONE, command: 'nginx' }],
    [
      '/usr/sbin/nginx -g daemon on; master_process on;',
      { ...NONE, command: '/usr/sbin/nginx', globals: 'daemon on; master_process on;' },
    ],
    ['nginx -g daemon off; -c /a.conf', { ...NONE, command: 'nginx', globals: 'daemon off;', config: '/a.conf' }],
    [
      './nginx -p /srv/x/ -c conf/n.conf -e /tmp/e.log',
      { command: './nginx', prefix: '/srv/x/', config: 'conf/n.conf', errorLog: '/tmp/e.log', globals: null },
    ],
    ['nginx -c/etc/b.conf', { ...NONE, command: 'nginx', config: '/etc/b.conf' }],
    ['nginx -g env A=-c; daemon off;', { ...NONE, command: 'nginx', globals: 'env A=-c; daemon off;' }],
  ])('titled %s', (title, options) => {
    expect(readMasterTitle(`nginx: master process ${title}\0`)).toEqual(options);
  });

  it('with a million words is read in the time that reading takes', () => {
    const startedAt = process.cpuUsage();
    const words = ' a'.repeat(1_000_000);
    expect(readMasterTitle(`nginx: master process nginx -g${words}; -c /a.conf\0`)).toMatchObject({
      config: '/a.conf',
    });
    expect(process.cpuUsage(startedAt).user).toBeLessThan(5_000_000);
  });

  it('in single-process mode keeps its own command line', () => {
    expect(readMasterTitle('/usr/sbin/nginx\0-c\0/a b.conf\0-g\0master_process off;\0')).toEqual({
      ...NONE,
      command: '/usr/sbin/nginx',
      config: '/a b.conf',
      globals: 'master_process off;',
    });
  });
});

it.each([
  'nginx: worker process\0',
  'nginx: cache manager process\0',
  'nginx\0-s\0reload\0',
  'nginx\0-T\0',
  'nginx\0-t\0-c\0x\0',
  'vim\0nginx\0',
  'sh\0-c\0nginx\0',
  '',
])('%j is none', (text) => {
  expect(readMasterTitle(text)).toBeNull();
});
