/** Which names are generations of a log, and which are other logs that must never be read as one. */
import { describe, expect, it } from 'vitest';
import { siblingNames } from '../../src/tail/follower/siblings.ts';

describe('siblingNames of access.log', () => {
  const belongs = siblingNames('access.log');

  it.each([
    'access.log',
    'access.log.1',
    'access.log.12.gz',
    'access.log-20261121',
    'access.log-20261121-1795240346.gz',
    'access.log.2026-11-21T05:00:00',
    'access.log.old',
    'access.log.gz',
    'access.log~',
    'access-20261121.log',
    'access.2026-11-21.log.gz',
  ])('takes %s in', (name) => {
    expect(belongs(name)).toBe(true);
  });

  it.each([
    'error.log',
    'access.logs',
    'access.log.json',
    'access.log.tmp',
    'access_ssl.log',
    'access-8080.log',
    'my-access.log.1',
  ])('leaves %s out', (name) => {
    expect(belongs(name)).toBe(false);
  });

  it('knows dates only where there is an extension to stand before', () => {
    expect(siblingNames('messages')('messages-20261121')).toBe(true);
    expect(siblingNames('messages')('messages2')).toBe(false);
  });
});
