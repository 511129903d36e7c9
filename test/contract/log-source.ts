/** What every LogSource promises; run for each one. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { LineBatch } from '../../src/core/line.ts';
import type { LogSource, SourceEvents, SourceState } from '../../src/tail/source.ts';

/** A source and the other end of it. */
export interface Feed {
  make(events: SourceEvents): LogSource;
  /** Writes these lines, without their newlines, the way the source gets them. */
  write(lines: readonly string[]): Promise<void> | void;
  dispose(): Promise<void> | void;
}

interface Promises {
  /** `stop` delivers what was written before it. */
  readonly drains: boolean;
}

/** Copies batches, because their bytes are only valid during the call. */
function collect(): { batches: LineBatch[]; lines(): string[]; deliver(batch: LineBatch): void } {
  const batches: LineBatch[] = [];
  return {
    batches,
    deliver: (batch) => void batches.push({ ...batch, bytes: Buffer.from(batch.bytes) }),
    lines: () => batches.flatMap(({ bytes }) => Buffer.from(bytes).toString('latin1').split('\n').slice(0, -1)),
  };
}

const numbered = (from: number, count: number) => Array.from({ length: count }, (_, i) => `line ${from + i}`);

export function logSourceContract(name: string, makeFeed: () => Promise<Feed> | Feed, promises: Promises): void {
  describe(`${name} as a LogSource`, () => {
    let feed: Feed | null = null;
    let source: LogSource | null = null;

    async function follow(events: SourceEvents): Promise<{ source: LogSource; feed: Feed }> {
      feed = await makeFeed();
      source = feed.make(events);
      return { source, feed };
    }

    afterEach(async () => {
      await source?.stop();
      await feed?.dispose();
    });

    it('delivers whole lines, once, in order', async () => {
      const got = collect();
      const { source, feed } = await follow(got);
      await source.start();
      await feed.write(numbered(0, 5));
      await feed.write(numbered(5, 5));
      await vi.waitFor(() => expect(got.lines()).toEqual(numbered(0, 10)));
      for (const { bytes } of got.batches) expect(bytes.at(-1)).toBe(10);
      for (const batch of got.batches) expect(batch.source).toBe(source.name);
    });

    it('gives every line a place of its own', async () => {
      const got = collect();
      const { source, feed } = await follow(got);
      await source.start();
      for (let i = 0; i < 4; i++) await feed.write(numbered(i, 1));
      await vi.waitFor(() => expect(got.lines()).toHaveLength(4));
      let end = -1;
      for (const { generation, offset, bytes } of got.batches) {
        expect(generation).toBe(got.batches[0]?.generation);
        expect(offset).toBeGreaterThanOrEqual(end);
        end = offset + bytes.length;
      }
    });

    it('leaves bytes as they are', async () => {
      const got = collect();
      const { source, feed } = await follow(got);
      await source.start();
      const odd = ['\xff\xfe half a \xe2\x82', 'nul \x00 and cr \r', 'tab\t'];
      await feed.write(odd);
      await vi.waitFor(() => expect(got.lines()).toEqual(odd));
    });

    it('counts what it delivered', async () => {
      const got = collect();
      const { source, feed } = await follow(got);
      await source.start();
      await feed.write(numbered(0, 7));
      await vi.waitFor(() => expect(got.lines()).toHaveLength(7));
      expect(source.state().counters).toMatchObject({ lines: 7, bytes: 7 * 'line 0\n'.length, lostBytes: 0 });
    });

    it('tells when it follows and when it has stopped', async () => {
      const told: SourceState[] = [];
      const { source } = await follow({ deliver() {}, onState: (state) => void told.push(state) });
      expect(source.state().kind).toBe('stopped');
      await source.start();
      expect(source.state().kind).toBe('following');
      await source.stop();
      expect(source.state().kind).toBe('stopped');
      expect(told.map(({ kind }) => kind)).toEqual(['following', 'stopped']);
    });

    it('delivers nothing after stop', async () => {
      const got = collect();
      const { source, feed } = await follow(got);
      await source.start();
      await feed.write(numbered(0, 2));
      await vi.waitFor(() => expect(got.lines()).toHaveLength(2));
      await source.stop();
      await feed.write(numbered(2, 2));
      await new Promise((resolve) => setImmediate(resolve));
      expect(got.lines()).toHaveLength(2);
    });

    it('waits for a delivery before it makes the next, and stop waits for the last', async () => {
      const got = collect();
      let underWay = 0;
      let most = 0;
      const { source, feed } = await follow({
        async deliver(batch) {
          underWay += 1;
          most = Math.max(most, underWay);
          got.deliver(batch);
          await new Promise((resolve) => setImmediate(resolve));
          underWay -= 1;
        },
      });
      await source.start();
      for (let i = 0; i < 5; i++) await feed.write(numbered(i, 1));
      if (!promises.drains) await vi.waitFor(() => expect(got.lines()).toHaveLength(5));
      await source.stop();
      expect(underWay).toBe(0);
      expect(most).toBe(1);
      expect(got.lines()).toEqual(numbered(0, 5));
    });

    it('stops when a delivery is refused, and says why', async () => {
      const { source, feed } = await follow({ deliver: () => Promise.reject(new Error('reader is gone')) });
      await source.start();
      await feed.write(numbered(0, 1));
      await vi.waitFor(() => expect(source.state().detail).toContain('reader is gone'));
      expect(source.state().kind).toBe('stopped');
    });
  });
}
