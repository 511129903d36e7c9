import { expect, it } from 'vitest';
import { discover } from '../../src/discovery/discover.ts';
import { fakeHost, masterFiles } from './fake-host.ts';

const ROOT = '/proc/70/root';
const CONFIG = `events {}
http {
  include /etc/nginx/conf.d/*.conf;
  server { listen 80; location /s { stub_status; } }
}`;
const BUILD = [
  'nginx version: nginx/1.27.0\n',
  'configure arguments: --prefix=/etc/nginx --conf-path=/etc/nginx/nginx.conf --error-log-path=/var/log/nginx/error.log --http-log-path=/var/log/nginx/access.log --with-http_stub_status_module\n',
];

const machine = {
  executables: { '/proc/70/exe': BUILD },
  files: {
    '/proc/1/cmdline': 'init\0',
    ...masterFiles(70, 'nginx -g daemon off;', 10),
    '/sys/devices/system/cpu/online': '0-3,6\n',
    [`${ROOT}/etc/nginx/nginx.conf`]: CONFIG,
    [`${ROOT}/etc/nginx/conf.d/a.conf`]: 'keepalive_timeout 9;',
    [`${ROOT}/var/log/nginx/access.log`]: '',
  },
  links: {
    '/proc/self/ns/mnt': 'mnt:[1]',
    '/proc/70/ns/mnt': 'mnt:[2]',
    '/proc/self/ns/net': 'net:[1]',
    '/proc/70/ns/net': 'net:[2]',
    '/proc/70/exe': '/usr/sbin/nginx',
    '/proc/70/cwd': '/',
    '/proc/70/fd/2': 'pipe:[4711]',
    [`${ROOT}/var/log/nginx/error.log`]: '/dev/stderr',
    [`${ROOT}/dev/stderr`]: '/proc/self/fd/2',
  },
};

it('reads the binary and the files of a container through /proc/PID/root, and runs nothing', async () => {
  const host = fakeHost(machine);
  const found = await discover({}, host);
  expect(host.ran).toEqual([]);
  expect(found.nginx).toMatchObject({
    masterPid: 70,
    version: '1.27.0',
    configFile: '/etc/nginx/nginx.conf',
    root: ROOT,
    standing: 'container',
  });
  expect(found.settings).toMatchObject({
    origin: 'live',
    keepaliveTimeoutMs: { value: 9000, place: { file: '/etc/nginx/conf.d/a.conf', line: 1 } },
  });
  expect(found.accessLogs.map((log) => log.path)).toEqual([`${ROOT}/var/log/nginx/access.log`]);
  expect(found.notes).toEqual([`nginx (pid 70) runs in a container: its files are read through ${ROOT}.`]);
  expect(found.status).toBeNull();
  expect(found.notObservable.map(({ because }) => because)).toEqual([
    'standard error of nginx goes to pipe:[4711]',
    'http://127.0.0.1:80/s is inside another network namespace (a container)',
  ]);
});

it('reaches the page of a container through its unix socket', async () => {
  const text = CONFIG.replace('listen 80;', 'listen 80; listen unix:/run/s.sock;');
  const found = await discover(
    {},
    fakeHost({ ...machine, files: { ...machine.files, [`${ROOT}/etc/nginx/nginx.conf`]: text } }),
  );
  expect(found.status).toEqual({ url: `http+unix://${ROOT}/run/s.sock:/s`, hostHeader: null });
});

it('assumes the usual paths when the binary cannot be read, and says so', async () => {
  const found = await discover({}, fakeHost({ ...machine, executables: {} }));
  expect(found.settings?.origin).toBe('files');
  expect(found.nginx?.configFile).toBe('/etc/nginx/nginx.conf');
  expect(found.notObservable[0]).toMatchObject({
    what: 'the built-in paths of nginx',
    because: `${ROOT}/usr/sbin/nginx: Permission denied`,
  });
});

it('counts the CPUs that worker_processes auto comes to', async () => {
  const text = CONFIG.replace('events', 'worker_processes auto; events');
  const found = await discover(
    {},
    fakeHost({ ...machine, files: { ...machine.files, [`${ROOT}/etc/nginx/nginx.conf`]: text } }),
  );
  expect(found.settings?.workerCount).toBe(5);
});
