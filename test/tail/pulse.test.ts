/** Who is woken by what: names, polls, storms, directories that come and go. */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPulse, type PulseListener } from '../../src/tail/pulse.ts';
import { systemTicker } from '../../src/tail/ticker.ts';
import { ManualTicker } from '../torture/manual-ticker.ts';

let directory: string;
let leave: (() => void)[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gapwatch-pulse-'));
});

afterEach(() => {
  for (const off of leave) off();
  leave = [];
  rmSync(directory, { recursive: true, force: true });
});

function listener(name: string, wake: () => void): PulseListener {
  return { directories: () => [directory], wants: (changed) => changed === name, wake };
}

describe('Pulse', () => {
  it('wakes only those who want the name that changed', async () => {
    const [a, b] = [vi.fn(), vi.fn()];
    const pulse = createPulse(systemTicker, { pollMs: 60_000 });
    leave = [pulse.join(listener('a.log', a)), pulse.join(listener('b.log', b))];
    writeFileSync(join(directory, 'a.log'), 'x');
    await vi.waitFor(() => expect(a).toHaveBeenCalled());
    expect(b).not.toHaveBeenCalled();
  });

  it('wakes all followers at each poll, and none after leaving', async () => {
    const ticker = new ManualTicker();
    const [a, b] = [vi.fn(), vi.fn()];
    const pulse = createPulse(ticker, { watch: false, pollMs: 1500, blindPollMs: 1500 });
    leave = [pulse.join(listener('a.log', a)), pulse.join(listener('b.log', b))];
    await ticker.advance(3000);
    expect([a, b].map((wake) => wake.mock.calls.length)).toEqual([2, 2]);
    leave[0]?.();
    await ticker.advance(1500);
    expect([a, b].map((wake) => wake.mock.calls.length)).toEqual([2, 3]);
  });

  it('polls faster while a directory cannot be watched', async () => {
    const ticker = new ManualTicker();
    const wake = vi.fn();
    rmSync(directory, { recursive: true });
    leave = [createPulse(ticker, { pollMs: 1500, blindPollMs: 100 }).join(listener('a.log', wake))];
    await ticker.advance(300);
    expect(wake).toHaveBeenCalledTimes(3);
  });

  it('watches a directory that comes back as another one', async () => {
    const ticker = new ManualTicker();
    const wake = vi.fn();
    leave = [createPulse(ticker, { pollMs: 1500 }).join(listener('a.log', wake))];
    rmSync(directory, { recursive: true });
    await ticker.advance(1500);
    mkdirSync(directory);
    await ticker.advance(1500);
    wake.mockClear();
    writeFileSync(join(directory, 'a.log'), 'x');
    await vi.waitFor(() => expect(wake).toHaveBeenCalled());
  });

  it('takes notice of a few changes of a storm only, and lets everybody look by the clock until it rests no more', async () => {
    const ticker = new ManualTicker();
    const [busy, quiet] = [vi.fn(), vi.fn()];
    const pulse = createPulse(ticker, { pollMs: 60_000 });
    leave = [pulse.join(listener('busy.log', busy)), pulse.join(listener('quiet.log', quiet))];
    const append = async (times: number): Promise<void> => {
      for (let i = 0; i < times; i++) {
        appendFileSync(join(directory, 'busy.log'), 'x');
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    for (let i = 0; i < 200 && busy.mock.calls.length < 5; i++) await append(1);
    const told = busy.mock.calls.length;
    for (let look = 1; look <= 10; look++) {
      await append(10);
      expect(busy).toHaveBeenCalledTimes(told + look - 1);
      expect(quiet).toHaveBeenCalledTimes(look - 1);
      await ticker.advance(10);
      expect(busy).toHaveBeenCalledTimes(told + look);
      expect(quiet).toHaveBeenCalledTimes(look);
    }
    await ticker.advance(1000);
    expect(quiet).toHaveBeenCalledTimes(10);
    appendFileSync(join(directory, 'busy.log'), 'x');
    await vi.waitFor(() => expect(busy.mock.calls.length).toBeGreaterThan(told + 10));
  });
});
