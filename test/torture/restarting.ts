/** Scenarios in which the reader is stopped or killed and finds another log when it comes back. */
import { copyFileSync, readFileSync, renameSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { Scenario, Stage } from './stage.ts';

/** Lines read, then lines unread when the reader is already gone. */
async function stopWithUnread(stage: Stage): Promise<void> {
  stage.lines(100);
  await stage.caughtUp();
  await stage.reader.stop();
  stage.lines(60);
}

async function startAgain(stage: Stage): Promise<void> {
  await stage.reader.start();
  stage.lines(5);
  await stage.caughtUp();
}

function compress(stage: Stage, name: string): void {
  writeFileSync(stage.at(`${name}.gz`), gzipSync(readFileSync(stage.at(name))));
  unlinkSync(stage.at(name));
}

export const restarting: readonly Scenario[] = [
  {
    name: 'stop-append-start',
    async run(stage) {
      await stopWithUnread(stage);
      await startAgain(stage);
    },
  },
  {
    name: 'stop-with-half-a-line',
    async run(stage) {
      stage.lines(10);
      stage.raw('half of it, ');
      await stage.reader.pass(60);
      await stage.reader.stop();
      stage.raw('the rest\n');
      stage.expect('half of it, the rest');
      await startAgain(stage);
    },
  },
  {
    name: 'stop-rotate-start',
    async run(stage) {
      await stopWithUnread(stage);
      stage.shift();
      stage.lines(60);
      await startAgain(stage);
    },
  },
  {
    name: 'stop-two-rotations-start',
    async run(stage) {
      await stopWithUnread(stage);
      stage.shift();
      stage.lines(60);
      stage.shift(1);
      stage.lines(30);
      await startAgain(stage);
    },
  },
  {
    name: 'stop-rotate-gzip-start',
    async run(stage) {
      await stopWithUnread(stage);
      stage.shift();
      compress(stage, 'app.log.1');
      stage.lines(60);
      await startAgain(stage);
    },
  },
  {
    name: 'stop-rotate-start-while-gzip-writes',
    async run(stage) {
      await stopWithUnread(stage);
      const compressed = gzipSync(readFileSync(stage.path));
      unlinkSync(stage.path);
      writeFileSync(stage.at('app.log.1.gz'), compressed.subarray(0, compressed.length / 2));
      stage.lines(60);
      await stage.reader.start();
      await stage.reader.pass(100);
      writeFileSync(stage.at('app.log.1.gz'), compressed);
      stage.lines(5);
      await stage.caughtUp();
    },
  },
  {
    name: 'stop-two-rotations-both-compressed-start',
    async run(stage) {
      await stopWithUnread(stage);
      stage.shift();
      stage.lines(60);
      compress(stage, 'app.log.1');
      renameSync(stage.at('app.log.1.gz'), stage.at('app.log.2.gz'));
      stage.shift();
      compress(stage, 'app.log.1');
      stage.lines(30);
      await startAgain(stage);
    },
  },
  {
    name: 'stop-copytruncate-regrow-start',
    async run(stage) {
      await stopWithUnread(stage);
      copyFileSync(stage.path, stage.at('app.log.1'));
      truncateSync(stage.path);
      stage.lines(300);
      await startAgain(stage);
    },
  },
  {
    name: 'stop-inode-reused-start',
    async run(stage) {
      stage.lines(80);
      await stage.caughtUp();
      await stage.reader.stop();
      unlinkSync(stage.path);
      stage.lines(160);
      await startAgain(stage);
    },
  },
  {
    name: 'stop-olddir-start',
    async run(stage) {
      stage.makeDirectory('archive');
      await stopWithUnread(stage);
      copyFileSync(stage.path, stage.at('archive/app.log.1'));
      unlinkSync(stage.path);
      stage.lines(20);
      await startAgain(stage);
    },
  },
  {
    name: 'kill-9-loop',
    mayRepeat: true,
    async run(stage) {
      for (let kill = 0; kill < 7; kill++) {
        for (let i = 0; i < 10 + (stage.seed % 5); i++) {
          stage.lines(20);
          await stage.reader.pass(10);
        }
        await stage.reader.kill();
        stage.lines(40);
        await stage.reader.start();
      }
      await stage.caughtUp();
    },
  },
  {
    name: 'kill-9-loop-with-rotation',
    mayRepeat: true,
    async run(stage) {
      for (let kill = 0; kill < 7; kill++) {
        for (let i = 0; i < 10; i++) {
          stage.lines(20);
          await stage.reader.pass(9 + (stage.seed % 7));
        }
        if (kill % 2 === 0) stage.shift(kill);
        else await stage.reader.kill();
        stage.lines(40);
        if (kill % 2 === 0) await stage.reader.kill();
        else stage.shift(kill);
        stage.lines(4);
        await stage.reader.start();
      }
      await stage.caughtUp();
    },
  },
];
