import { describe, expect, it } from 'vitest';
import { statusEndpoint } from '../../src/probe/status-endpoint.ts';
import { listen, settings } from '../diagnose/support/settings-builder.ts';

describe('a status URL', () => {
  it('leads to an address and half a request', () => {
    expect(statusEndpoint('http://127.0.0.1:8080/nginx_status?x=1', null, null)).toMatchObject({
      address: { kind: 'tcp', host: '127.0.0.1', port: 8080, tls: false },
      preamble: '',
      halfRequest: 'GET /nginx_status?x=1 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: gapwatch\r\n',
    });
  });

  it('has the port of its scheme, and IPv6 without brackets', () => {
    expect(statusEndpoint('https://[::1]/s', 'x.test', null)).toMatchObject({
      address: { kind: 'tcp', host: '::1', port: 443, tls: true },
      halfRequest: expect.stringContaining('Host: x.test\r\n'),
    });
  });

  it.each(['http+unix:///run/x.sock:/s', 'http+unix://%2Frun%2Fx.sock/s'])('may be a unix socket: %s', (url) => {
    expect(statusEndpoint(url, null, null)).toMatchObject({
      address: { kind: 'unix', path: '/run/x.sock', tls: false },
      halfRequest: expect.stringMatching(/^GET \/s HTTP/),
    });
  });

  it.each(['ftp://x/', 'nonsense', '127.0.0.1:80'])('is refused when nothing can be asked there: %s', (url) => {
    expect(statusEndpoint(url, null, null)).toBeNull();
  });

  it('begins with a PROXY line where the listener demands one, also behind a wildcard', () => {
    const withProxy = settings({ listens: [listen('0.0.0.0:81', { proxyProtocol: true }), listen('0.0.0.0:80')] });
    expect(statusEndpoint('http://127.0.0.1:81/s', null, withProxy)?.preamble).toBe('PROXY UNKNOWN\r\n');
    expect(statusEndpoint('http://127.0.0.1:80/s', null, withProxy)?.preamble).toBe('');
  });
});

describe('text that would add a line to the request', () => {
  it.each([
    ['http://127.0.0.1/s', 'x\r\nX-Injected: 1'],
    ['http://127.0.0.1/s', 'a b'],
    ['http+unix:///run/s.sock:/s\r\nX: 1', null],
    ['http+unix:///run/s.sock:/a b', null],
  ])('%j with Host %j is no endpoint', (url, hostHeader) => {
    expect(statusEndpoint(url, hostHeader, null)).toBeNull();
  });
});
