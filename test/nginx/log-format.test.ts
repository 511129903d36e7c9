import { expect, it } from 'vitest';
import { COMBINED_FORMAT, compileLogFormat } from '../../src/nginx/log-format.ts';

it('splits a format into literals and variables', () => {
  expect(compileLogFormat('a ${b}c$d_1-$e')).toEqual([
    { kind: 'literal', text: 'a ' },
    { kind: 'variable', name: 'b' },
    { kind: 'literal', text: 'c' },
    { kind: 'variable', name: 'd_1' },
    { kind: 'literal', text: '-' },
    { kind: 'variable', name: 'e' },
  ]);
});

it('knows what combined holds', () => {
  const names = compileLogFormat(COMBINED_FORMAT).flatMap((part) => (part.kind === 'variable' ? [part.name] : []));
  expect(names).toEqual([
    'remote_addr',
    'remote_user',
    'time_local',
    'request',
    'status',
    'body_bytes_sent',
    'http_referer',
    'http_user_agent',
  ]);
});

it('takes a lone dollar literally', () => {
  expect(compileLogFormat('a $ b')).toEqual([{ kind: 'literal', text: 'a $ b' }]);
});
