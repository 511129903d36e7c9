import { expect, it } from 'vitest';
import { nginxConfig } from '../../src/discovery/config.ts';

it('takes everything the contract shows', () => {
  const section = {
    binary: '/usr/sbin/nginx',
    config: '/etc/nginx/nginx.conf',
    prefix: '/usr/share/nginx',
    pidFile: '/run/nginx.pid',
    stubStatusUrl: 'http://127.0.0.1/nginx_status',
    errorLogs: ['/var/log/nginx/error.log'],
    accessLogs: [{ path: '/var/log/nginx/access.log', format: '$remote_addr' }],
  };
  expect(nginxConfig.parse(section)).toEqual({
    ...section,
    accessLogs: [{ ...section.accessLogs[0], escape: 'default' }],
  });
  expect(nginxConfig.parse({})).toEqual({});
});

it.each([
  [{ stubStatusUrl: 'http+unix:///run/x.sock:/status' }, true],
  [{ stubStatusUrl: 'https://[::1]:8443/s' }, true],
  [{ stubStatusUrl: 'ftp://x/' }, false],
  [{ stubStatusUrl: 'http+unix:///run/x.sock' }, false],
  [{ pidFile: 'nginx.pid' }, false],
  [{ pidfile: '/run/nginx.pid' }, false],
])('%j is valid: %s', (section, valid) => {
  expect(nginxConfig.safeParse(section).success).toBe(valid);
});

it('describes every key, for the reference', () => {
  for (const [key, schema] of Object.entries(nginxConfig.shape)) expect(schema.description, key).toMatch(/\w/);
});
