import { expect, it } from 'vitest';
import { readBuild } from '../../src/discovery/build.ts';

it('reads version and paths as packages are built', () => {
  const text = `nginx version: nginx/1.22.1
built with OpenSSL 3.0.20
configure arguments: --with-cc-opt='-g -O2 --prefix=/not/this' --prefix=/usr/share/nginx --conf-path=/etc/nginx/nginx.conf --http-log-path=logs/a.log --error-log-path=stderr --pid-path='/run/nginx.pid' --with-http_ssl_module
`;
  expect(readBuild(text)).toEqual({
    version: '1.22.1',
    prefix: '/usr/share/nginx/',
    configFile: '/etc/nginx/nginx.conf',
    pidFile: '/run/nginx.pid',
    errorLog: 'stderr',
    accessLog: '/usr/share/nginx/logs/a.log',
    hasStubStatus: false,
  });
});

it("falls back to nginx's own defaults, and assumes stub_status where nothing is known", () => {
  expect(readBuild('')).toEqual({
    version: null,
    prefix: '/usr/local/nginx/',
    configFile: '/usr/local/nginx/conf/nginx.conf',
    pidFile: '/usr/local/nginx/logs/nginx.pid',
    errorLog: '/usr/local/nginx/logs/error.log',
    accessLog: '/usr/local/nginx/logs/access.log',
    hasStubStatus: true,
  });
});

it.each([
  ['nginx version: openresty/1.25.3.2', '1.25.3.2'],
  ['Tengine version: Tengine/2.4.1\nnginx version: nginx/1.24.0', '1.24.0'],
  ['nginx version: nginx/1.18.0 (Ubuntu)', '1.18.0'],
])('reads the version of %j', (text, version) => {
  expect(readBuild(text).version).toBe(version);
});
