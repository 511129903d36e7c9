import { describe, expect, it } from 'vitest';
import { addressesIn, createPseudonyms } from '../../../src/replay/bundle/pseudonyms.ts';

describe('pseudonyms', () => {
  it('replace one address by the same one everywhere', () => {
    const masked = createPseudonyms(new Set());
    expect(masked('client: 203.0.113.9, upstream: "http://203.0.113.9:80/"')).toBe(
      'client: 198.18.0.1, upstream: "http://198.18.0.1:80/"',
    );
    expect(masked('{"address":"203.0.113.8"} 203.0.113.9 - - [')).toBe('{"address":"198.18.0.2"} 198.18.0.1 - - [');
  });

  it('cover IPv6, bare and in brackets', () => {
    const masked = createPseudonyms(new Set());
    expect(masked('client: 2a00:1450::8a, host: "[2a00:1450::8a]:443"')).toBe(
      'client: 2001:db8::1, host: "[2001:db8::1]:443"',
    );
    expect(masked('::ffff:203.0.113.9')).not.toContain('203.0.113.9');
  });

  it('keep private networks, configured addresses, times and versions', () => {
    const config = 'server 198.51.100.7:8080; listen [2001:db8:1::5]:80;';
    const masked = createPseudonyms(addressesIn(config));
    const text =
      '10:41:45 client: 10.12.1.24, 127.0.0.1, ::1, fe80::1 upstream: "http://198.51.100.7:8080/" 2001:db8:1::5 "Chrome/126.0.0.0"';
    expect(masked(text)).toBe(text);
  });
});
