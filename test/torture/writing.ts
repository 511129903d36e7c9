/** Scenarios without rotation: what lines may look like and how they may arrive. */
import type { Scenario } from './stage.ts';

const EURO = Buffer.from('€');

export const writing: readonly Scenario[] = [
  {
    name: 'append-burst',
    async run(stage) {
      stage.lines(3);
      await stage.caughtUp();
      for (let burst = 0; burst < 20; burst++) stage.lines(200);
      await stage.caughtUp();
    },
  },
  {
    name: 'long-line-3-mib',
    async run(stage) {
      stage.lines(1);
      const long = 'y'.repeat(3 * 1024 * 1024);
      stage.expect(long);
      for (let at = 0; at < long.length; at += 700_000) {
        stage.raw(long.slice(at, at + 700_000));
        await stage.reader.pass(15);
      }
      stage.raw('\n');
      stage.lines(2);
      await stage.caughtUp();
    },
  },
  {
    name: 'partial-line',
    async run(stage) {
      const [half, rest] = ['the first half ', 'and the second'];
      stage.lines(2);
      stage.raw(half);
      await stage.reader.pass(300);
      stage.raw(`${rest}\n`);
      stage.expect(half + rest);
      stage.lines(1);
      await stage.caughtUp();
    },
  },
  {
    name: 'utf8-cut-inside-a-character',
    async run(stage) {
      for (const cut of [1, 2])
        for (let i = 0; i < 5; i++) {
          const line = Buffer.concat([Buffer.from(`${cut}${i} `), EURO, Buffer.from(' end')]);
          stage.raw(line.subarray(0, 3 + cut));
          await stage.reader.pass(20);
          stage.raw(Buffer.concat([line.subarray(3 + cut), Buffer.from('\n')]));
          stage.expect(line);
        }
      await stage.caughtUp();
    },
  },
  {
    name: 'invalid-utf8-nul-cr',
    async run(stage) {
      for (let byte = 0; byte < 256; byte++) {
        if (byte === 10) continue;
        const line = Buffer.concat([Buffer.from(`${byte}:`), Buffer.from([byte, byte, 0, 13]), Buffer.from('\r')]);
        stage.expect(line);
        stage.raw(Buffer.concat([line, Buffer.from('\n')]));
        if (byte % 50 === 0) await stage.reader.pass(12);
      }
      await stage.caughtUp();
    },
  },
  {
    name: 'empty-lines-and-line-ends',
    async run(stage) {
      stage.raw('a\r\n');
      stage.expect('a\r');
      stage.lines(1);
      await stage.caughtUp();
    },
  },
];
