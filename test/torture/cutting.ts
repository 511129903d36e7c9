/** Scenarios in which the log is emptied or rewritten in place while it is followed. */
import { copyFileSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { Scenario } from './stage.ts';

export const cutting: readonly Scenario[] = [
  {
    name: 'copytruncate-all-read',
    async run(stage) {
      for (let turn = 0; turn < 5; turn++) {
        stage.lines(20);
        await stage.caughtUp();
        copyFileSync(stage.path, stage.at(`app.log.${9 - turn}`));
        truncateSync(stage.path);
        await stage.reader.pass(40);
        stage.lines(5);
        await stage.caughtUp();
      }
    },
  },
  {
    name: 'copytruncate-unread-tail-only-in-the-copy',
    async run(stage) {
      stage.lines(20);
      await stage.caughtUp();
      for (let turn = 0; turn < 4; turn++) {
        stage.lines(60);
        copyFileSync(stage.path, stage.at(`app.log.${9 - turn}`));
        truncateSync(stage.path);
        stage.lines(7);
        await stage.caughtUp();
      }
    },
  },
  {
    name: 'copytruncate-twice-between-two-looks',
    async run(stage) {
      stage.lines(20);
      await stage.caughtUp();
      stage.reader.freeze();
      for (let turn = 0; turn < 2; turn++) {
        stage.lines(30);
        if (turn === 1) renameSync(stage.at('app.log.1'), stage.at('app.log.2'));
        copyFileSync(stage.path, stage.at('app.log.1'));
        truncateSync(stage.path);
      }
      stage.lines(30);
      stage.reader.thaw();
      await stage.caughtUp();
    },
  },
  {
    name: 'copytruncate-over-the-same-copy',
    async run(stage) {
      stage.lines(20);
      await stage.caughtUp();
      for (let turn = 0; turn < 4; turn++) {
        stage.lines(60);
        copyFileSync(stage.path, stage.at('app.log.1'));
        truncateSync(stage.path);
        stage.lines(7);
        await stage.caughtUp();
      }
    },
  },
  {
    name: 'copytruncate-compressed-at-once',
    async run(stage) {
      stage.lines(20);
      await stage.caughtUp();
      stage.reader.freeze();
      stage.lines(30);
      writeFileSync(stage.at('app.log.1.gz'), gzipSync(readFileSync(stage.path)));
      truncateSync(stage.path);
      stage.lines(30);
      stage.reader.thaw();
      await stage.caughtUp();
    },
  },
  {
    name: 'copytruncate-with-lines-read-between-copy-and-cut',
    async run(stage) {
      stage.lines(20);
      await stage.caughtUp();
      for (let turn = 0; turn < 3; turn++) {
        copyFileSync(stage.path, stage.at(`app.log.${9 - turn}`));
        stage.lines(5);
        await stage.caughtUp();
        truncateSync(stage.path);
        stage.lines(7);
        await stage.caughtUp();
      }
    },
  },
  {
    name: 'truncate-and-regrow-past-the-old-size',
    async run(stage) {
      stage.lines(20);
      await stage.caughtUp();
      truncateSync(stage.path);
      stage.lines(60);
      await stage.caughtUp();
      stage.lines(5);
      await stage.caughtUp();
    },
  },
  {
    name: 'truncate-and-regrow-with-lines-that-end-alike',
    async run(stage) {
      const lines = (from: number) => {
        for (let i = from; i < from + 20; i++) {
          const line = `${String(i).padStart(3, '0')} "GET /health HTTP/1.1" 200 2 "-" "${'agent '.repeat(20)}"`;
          stage.raw(`${line}\n`);
          stage.expect(line);
        }
      };
      lines(0);
      await stage.caughtUp();
      truncateSync(stage.path);
      lines(100);
      lines(200);
      await stage.caughtUp();
    },
  },
  {
    name: 'truncate-to-half-and-regrow',
    mayRepeat: true,
    async run(stage) {
      stage.lines(100);
      await stage.caughtUp();
      const bytes = readFileSync(stage.path);
      truncateSync(stage.path, bytes.indexOf('\n', bytes.length / 2) + 1);
      stage.lines(70);
      await stage.caughtUp();
    },
  },
  {
    name: 'a-copy-made-by-hand-is-not-read',
    async run(stage) {
      stage.lines(50);
      await stage.caughtUp();
      copyFileSync(stage.path, stage.at('app.log.2026-backup'));
      stage.lines(50);
      await stage.caughtUp();
      stage.shift();
      stage.lines(10);
      await stage.caughtUp();
    },
  },
];
