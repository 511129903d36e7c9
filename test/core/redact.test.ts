import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cut, escapeMarkup, publishable, redact, redactAll } from '../../src/core/redact.ts';

describe('redact', () => {
  it.each([
    ['a Slack bot token', 'token xoxb-12345-67890-AbCdEf was refused', 'AbCdEf'],
    ['a Slack app token', 'xapp-1-A0123-456-deadbeef', 'deadbeef'],
    ['a webhook', 'https://hooks.slack.com/services/T0/B0/abcdefgh', 'abcdefgh'],
    ['a private key', '-----BEGIN RSA PRIVATE KEY-----\nMIIEabc\n-----END RSA PRIVATE KEY-----', 'MIIEabc'],
    ['a private key that was cut', '-----BEGIN PRIVATE KEY-----\nMIIEabc', 'MIIEabc'],
    ['a JWT', 'auth eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl', 'c2lnbmF0dXJl'],
    ['a bearer header', 'Authorization: Bearer abc123def456', 'abc123def456'],
    ['basic credentials', 'authorization: Basic dXNlcjpwYXNz', 'dXNlcjpwYXNz'],
    ['a credential in a config', 'proxy_set_header Authorization "Basic dXNlcjpwYXNz";', 'dXNlcjpwYXNz'],
    ['a cookie', 'Cookie: sid=s3cr3t; theme=dark', 's3cr3t'],
    ['a cookie in a config', 'proxy_set_header Cookie "sid=s3cr3t";', 's3cr3t'],
    ['a set-cookie', 'set-cookie: id=topsecret; Path=/', 'topsecret'],
    ['a query value', 'GET /reset?mail=jane@example.org&k=v HTTP/1.1', 'jane'],
    ['a second query value', '"GET /a?x=1&password=hunter2 HTTP/1.1"', 'hunter2'],
    ['userinfo in a URL', 'proxy_pass http://admin:hunter2@backend:80;', 'hunter2'],
    ['a password', 'password=hunter2', 'hunter2'],
    ['an API key header in a config', 'proxy_set_header X-Api-Key "abcdef";', 'abcdef'],
    ['an opaque path segment', 'GET /share/4f9d8a7b6c5e4f3d2c1b0a9f8e7d6c5b HTTP/1.1', '4f9d8a7b6c'],
    ['an AWS key id', 'AKIAIOSFODNN7EXAMPLE', 'IOSFODNN7'],
    ['an e-mail address', 'sent to jane.doe+x@mail.example.org now', 'jane.doe'],
    ['an e-mail address in a URL', 'GET /u/jane%40example.org/x HTTP/1.1', 'jane'],
    ['a card number', 'card 4111111111111111 declined', '4111111111111111'],
    ['a card number in groups', 'card 5555-5555-5555-4444 declined', '5555-4444'],
    ['a card number in a URL', 'GET /pay/4242+4242+4242+4242 HTTP/1.1', '4242+4242'],
    ['a card number of fifteen digits', 'card 3782 822463 10005.', '822463'],
    ['a token that a mail leads to', 'GET /reset/correct-horse-battery HTTP/1.1', 'horse'],
    ['a token to verify an address', 'GET /verify-email/abcdefgh HTTP/1.1', 'abcdefgh'],
    ['a session id in a path', 'GET /shop;jsessionid=1A530637289A03B07199A44E8D531427 HTTP/1.1', '1A530637'],
    ['a session id of PHP', 'PHPSESSID=el4ukv0kqbvoirg7nkp4dncpk3', 'el4ukv0k'],
    ['a UUID', 'GET /download/8c5ea5e1-0c5a-4ab7-9d3e-2f1b7c6d8e90 HTTP/1.1', '8c5ea5e1'],
    ['an opaque word of sixteen signs', 'key 9f86d081884c7d65 in use', '9f86d081'],
    ['a word of base64', 'value dGhpc2lzYXNlY3JldDEy used', 'dGhpc2lz'],
    ['base64 with its signs', 'value wJ4lrXUt9FEMI/K7MDbNG+bPxR3iCYpL2vTq8sZd used', 'K7MDbNG'],
    ['a payment key', 'sk_live_4eC39HqLyjWDarjtT1zdp7dc', '4eC39HqL'],
    ['the user of basic authentication', '198.51.100.7 - alice [21/Nov/2026:05:00:00 +0000] "GET / HTTP/1.1"', 'alice'],
    ['a user of mail', 'auth failed, client: 10.0.0.1, server: mx, login: "jane"', 'jane'],
    ['a user name in a body', 'user=jane&x=1', 'jane'],
    ['a digit code', 'otp=493021', '493021'],
    ['a public client address', 'client: 203.0.113.77, server: _', '203.0.113.77'],
    ['a private client address', 'client: 10.1.2.3, server: _', '10.1.2.3'],
    ['the address that opens an access-log line', '10.1.2.3 - - [21/Nov/2026:05:00:00 +0000] "GET /"', '10.1.2.3'],
    ['an IPv6 client address', 'client: 2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff, server: _', 'cccc'],
    ['a short IPv6 client address', 'client: 2001:db8::7, server: _', '::7'],
    ['an IPv4-mapped client address', 'client: ::ffff:203.0.113.9', '203.0.113.9'],
    ['a client address in a list', '900 sockets from 198.51.100.23', '198.51.100.23'],
  ])('hides %s', (_name, text, secret) => {
    expect(text).toContain(secret);
    expect(redact(text)).not.toContain(secret);
  });

  it.each([
    'worker 4711: 512 of 512 slots used since 12:04:55',
    'upstream: "http://10.0.0.5:8080/", host: "shop.example"',
    'upstream: "http://203.0.113.5:8080/"',
    'connect() failed (111: Connection refused) while connecting to upstream',
    'nginx 1.22.1 on web-1 at 127.0.0.1:80, [::1]:80 and 0.0.0.0:443',
    'worker_connections 512; # /etc/nginx/nginx.conf:7',
    'worker_rlimit_nofile 8192;',
    'location ~* \\.(?:jpg|png)$ { }',
    'curl -s http://127.0.0.1/nginx_status',
    'ss -tlnH | awk \'$2 > 0 { print $4, $2 "/" $3 }\'',
    'why? because the basic settings hold',
    'ingress-nginx-controller-7d4b9c8f6-abcde',
    'server_tokens off; keepalive_timeout 65s;',
    'web-7d4b9c8f6-x2x9k: 512 slots',
    'inc-mb7k2x9q-4f9d8a7b was acknowledged',
    '/usr/lib/x86_64-linux-gnu/libpcre2-8.so.0.11.2',
    'ngx_http_upstream_next_upstream_timeout upstream_response_time_p95',
    '1764543012345 ms, 5368709120 bytes, 2026-11-21 05:00:00',
    'systemctl status nginx@web.service user@1000.service',
    'open() "/usr/share/nginx/html/index.html" failed (2: No such file or directory)',
    'SSL_do_handshake() failed (SSL: error:0A000086:SSL routines::certificate verify failed)',
  ])('leaves %j alone', (text) => {
    expect(redact(text)).toBe(text);
  });

  it('keeps client addresses on request', () => {
    expect(redact('client: 203.0.113.77, token=abc', 'keep')).toBe('client: 203.0.113.77, token=[redacted]');
  });

  it('is idempotent', () => {
    const line = 'client: 203.0.113.77 "GET /a?token=abc HTTP/1.1" Cookie: a=b';
    expect(redact(redact(line))).toBe(redact(line));
  });

  it('takes linear time on adversarial text', () => {
    const hostile = [
      'a-'.repeat(40_000),
      '?='.repeat(40_000),
      '1.'.repeat(40_000),
      ':'.repeat(80_000),
      'token'.repeat(16_000),
      'a@'.repeat(40_000),
      'a%40'.repeat(20_000),
      'a.a'.repeat(30_000),
      '4111 '.repeat(16_000),
      '4'.repeat(80_000),
      'aB1'.repeat(27_000),
      '/reset'.repeat(13_000),
      ' - a'.repeat(20_000),
      '/a'.repeat(40_000),
      'login: "'.repeat(10_000),
    ];
    const startedAt = performance.now();
    for (const text of hostile) redact(text);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });
});

describe('redactAll', () => {
  it('redacts every text and keeps the shape', () => {
    const value = { a: 'password=hunter2', list: [1, null, 'x'], inner: { ok: true } };
    expect(redactAll(value)).toEqual({ a: 'password=[redacted]', list: [1, null, 'x'], inner: { ok: true } });
  });
});

describe('publishable', () => {
  it('shows control and direction characters as unreadable', () => {
    expect(publishable('a\u0000b\u001b[31mc\u202ed\ud800e', 100)).toBe('a\ufffdb\ufffd[31mc\ufffdd\ufffde');
    expect(publishable('a\u00adb\u061cc\u180ed\u{e0041}e\ufff9f\tg\nh', 100)).toBe(
      'a\ufffdb\ufffdc\ufffdd\ufffde\ufffdf\tg\nh',
    );
  });

  it('never exceeds its limit', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 5_000 }), fc.integer({ min: 1, max: 300 }), (text, max) => {
        const shown = publishable(text, max);
        expect(shown.length).toBeLessThanOrEqual(max);
        expect(/\p{Surrogate}/u.test(shown)).toBe(false);
      }),
    );
  });

  it('hides a secret at the place where the text is cut', () => {
    const secret = 'xoxb-1234567890-SECRET';
    for (let room = 1; room < 60; room++) expect(publishable(`see ${secret} there`, room)).not.toContain('12345');
  });
});

describe('cut', () => {
  it('marks a cut', () => {
    expect(cut('x'.repeat(500), 100)).toMatch(/^x+… \(cut\)$/);
    expect(cut('x'.repeat(500), 100)).toHaveLength(100);
  });
  it('keeps text within the limit', () => {
    expect(cut('abc', 3)).toBe('abc');
  });
});

describe('escapeMarkup', () => {
  it('leaves no character that opens a mention, a link or an entity', () => {
    expect(escapeMarkup('<!channel> & <@U1>')).toBe('&lt;!channel&gt; &amp; &lt;@U1&gt;');
  });
});
