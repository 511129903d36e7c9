import { describe, expect, it } from 'vitest';
import { readSignal } from '../../../src/replay/bundle/recorded-signals.ts';

const signal = {
  at: '2026-01-01T00:00:00.000Z',
  pattern: 'worker-crash',
  timed: true,
  source: '/var/log/nginx/error.log',
  level: 'alert',
  pid: 10,
  connection: null,
  captures: { child: '11', signal: '11' },
  count: 1,
  line: '2026/01/01 00:00:00 [alert] 10#10: worker process 11 exited on signal 11',
};

const read = (more: object) => readSignal(JSON.stringify({ ...signal, ...more }));

describe('a recorded signal', () => {
  it('stays doubtful', () => {
    expect(read({ isDoubtful: true })).toMatchObject({ pattern: 'worker-crash', isDoubtful: true });
    expect(read({})).not.toHaveProperty('isDoubtful');
  });

  it('is refused when isDoubtful is not true', () => {
    expect(read({ isDoubtful: 'perhaps' })).toMatch(/isDoubtful/);
  });
});
