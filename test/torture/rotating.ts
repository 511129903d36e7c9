/** Scenarios in which the log is renamed, replaced or removed while it is followed. */

import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { Scenario, Stage } from './stage.ts';

/** mv, then both workers reopen `gapMs` later (USR1). */
async function rotate(stage: Stage, old: number, gapMs: number, upTo: number): Promise<number> {
  stage.shift(upTo);
  stage.lines(3, old);
  await stage.reader.pass(gapMs);
  return stage.open();
}

export const rotating: readonly Scenario[] = [
  {
    name: 'rename-with-a-gap-before-the-new-file',
    async run(stage) {
      let worker = stage.open();
      for (let turn = 0; turn < 4; turn++) {
        stage.lines(10, worker);
        await stage.reader.pass(20);
        worker = await rotate(stage, worker, 150, turn);
        stage.lines(10, worker);
      }
      await stage.caughtUp();
    },
  },
  {
    name: 'rename-and-create-old-descriptor-written-on',
    async run(stage) {
      const old = stage.open();
      stage.lines(10, old);
      await stage.caughtUp();
      stage.shift();
      const fresh = stage.open();
      for (let i = 0; i < 15; i++) {
        stage.lines(5, old);
        stage.lines(5, fresh);
        await stage.reader.pass(100);
      }
      await stage.caughtUp();
    },
  },
  {
    name: 'two-workers-one-late-by-2-s',
    async run(stage) {
      let late = stage.open();
      let prompt = stage.open();
      for (let turn = 0; turn < 3; turn++) {
        stage.lines(20, late);
        stage.lines(20, prompt);
        await stage.reader.pass(50);
        stage.shift(turn);
        prompt = stage.open();
        for (let i = 0; i < 10; i++) {
          stage.lines(2, late);
          stage.lines(2, prompt);
          await stage.reader.pass(200);
        }
        late = stage.open();
      }
      await stage.caughtUp();
    },
  },
  {
    name: 'written-right-before-mv-and-reopen',
    async run(stage) {
      for (let turn = 0; turn < 8; turn++) {
        stage.lines(500);
        stage.shift(turn);
        stage.lines(5);
        await stage.reader.pass(60);
      }
      await stage.caughtUp();
    },
  },
  {
    name: 'busy-log-rotated-all-the-time',
    async run(stage) {
      for (let turn = 0; turn < 6; turn++) {
        for (let i = 0; i < 35; i++) {
          stage.lines(100);
          await stage.reader.pass(8);
        }
        stage.shift(turn);
        stage.lines(1);
      }
      await stage.caughtUp();
    },
  },
  {
    name: 'double-rotation',
    async run(stage) {
      stage.lines(40);
      await stage.caughtUp();
      for (let turn = 0; turn < 2; turn++) {
        stage.lines(70);
        stage.shift(turn);
        stage.lines(70);
      }
      await stage.caughtUp();
    },
  },
  {
    name: 'six-rotations-at-once',
    async run(stage) {
      stage.lines(10);
      await stage.caughtUp();
      for (let turn = 0; turn < 6; turn++) {
        stage.lines(20);
        stage.shift(turn);
      }
      stage.lines(5);
      await stage.caughtUp();
    },
  },
  {
    name: 'old-worker-writes-after-12-s',
    async run(stage) {
      const old = stage.open();
      stage.lines(5, old);
      await stage.caughtUp();
      stage.shift();
      stage.lines(5);
      await stage.reader.pass(12_000);
      stage.lines(3, old);
      await stage.caughtUp();
    },
  },
  {
    name: 'olddir',
    async run(stage) {
      stage.makeDirectory('old');
      let worker = stage.open();
      for (let turn = 0; turn < 4; turn++) {
        stage.lines(12, worker);
        if (turn % 2 === 0) await stage.reader.pass(40);
        renameSync(stage.path, stage.at(`old/app.log.${9 - turn}`));
        stage.lines(3, worker);
        worker = stage.open();
        stage.lines(12, worker);
        await stage.reader.pass(turn === 1 ? 0 : 30);
      }
      await stage.caughtUp();
    },
  },
  {
    name: 'reader-stalled-through-two-rotations',
    async run(stage) {
      stage.lines(10);
      await stage.caughtUp();
      stage.reader.freeze();
      for (let turn = 0; turn < 2; turn++) {
        stage.lines(760);
        stage.shift(turn);
      }
      stage.lines(50);
      await stage.reader.pass(300);
      stage.reader.thaw();
      await stage.caughtUp();
    },
  },
  {
    name: 'dateext',
    async run(stage) {
      stage.lines(10);
      await stage.caughtUp();
      for (const date of ['20260101', '20260102', '2026-01-03']) {
        stage.lines(35);
        renameSync(stage.path, stage.at(`app.log-${date}`));
        stage.lines(5);
      }
      stage.lines(35);
      renameSync(stage.path, stage.at('app-20260104.log'));
      stage.lines(5);
      await stage.caughtUp();
    },
  },
  {
    name: 'half-a-line-at-rotation',
    async run(stage) {
      for (let turn = 0; turn < 5; turn++) {
        const old = stage.open();
        stage.lines(3, old);
        stage.raw(`half ${turn} `, old);
        await stage.reader.pass(30);
        stage.shift(turn);
        stage.lines(3);
        await stage.reader.pass(500);
        stage.raw('done\n', old);
        stage.expect(`half ${turn} done`);
      }
      await stage.caughtUp();
    },
  },
  {
    name: 'delete-and-recreate',
    async run(stage) {
      for (let turn = 0; turn < 5; turn++) {
        const old = stage.open();
        stage.lines(30, old);
        unlinkSync(stage.path);
        stage.lines(4, old);
        await stage.reader.pass(turn * 20);
        stage.lines(30);
        await stage.caughtUp();
      }
    },
  },
  {
    name: 'atomic-replace',
    async run(stage) {
      for (let turn = 0; turn < 5; turn++) {
        stage.lines(20);
        await stage.caughtUp();
        writeFileSync(stage.at('app.log.tmp'), stage.text(52));
        renameSync(stage.at('app.log.tmp'), stage.path);
      }
      await stage.caughtUp();
    },
  },
  {
    name: 'rotate-gzip-unlink',
    async run(stage) {
      for (let turn = 0; turn < 4; turn++) {
        stage.lines(200);
        await stage.caughtUp();
        stage.lines(100);
        stage.shift();
        stage.lines(5);
        await stage.reader.pass(25);
        writeFileSync(stage.at(`app.log.${turn + 2}.gz`), gzipSync(readFileSync(stage.at('app.log.1'))));
        unlinkSync(stage.at('app.log.1'));
        await stage.reader.pass(100);
      }
      await stage.caughtUp();
    },
  },
  {
    name: 'rotate-gzip-seen-half-written',
    async run(stage) {
      for (let turn = 0; turn < 3; turn++) {
        stage.lines(200);
        await stage.caughtUp();
        stage.shift();
        const archive = stage.at(`app.log.${turn + 2}.gz`);
        const compressed = gzipSync(readFileSync(stage.at('app.log.1')));
        for (const part of [0, 10, 40, compressed.length]) {
          writeFileSync(archive, compressed.subarray(0, part));
          stage.lines(3);
          await stage.reader.pass(50);
        }
        unlinkSync(stage.at('app.log.1'));
        await stage.reader.pass(100);
      }
      await stage.caughtUp();
    },
  },
  {
    name: 'file-gone-for-6-s',
    async run(stage) {
      const old = stage.open();
      stage.lines(20, old);
      await stage.caughtUp();
      stage.shift();
      stage.lines(20, old);
      await stage.reader.pass(6000);
      stage.lines(20, old);
      stage.lines(20);
      await stage.caughtUp();
    },
  },
  {
    name: 'permission-denied-at-rotation',
    async run(stage) {
      await stage.reader.stop();
      stage.reader.dropPrivileges();
      await stage.reader.start();
      stage.lines(20);
      await stage.caughtUp();
      stage.shift();
      stage.lines(0);
      chmodSync(stage.path, 0o600);
      stage.lines(20);
      await stage.reader.pass(1700);
      stage.lines(20);
      chmodSync(stage.path, 0o644);
      await stage.caughtUp();
      stage.lines(5);
      await stage.caughtUp();
    },
  },
  {
    name: 'permission-denied-at-start',
    async run(stage) {
      await stage.reader.stop();
      chmodSync(stage.path, 0o600);
      stage.reader.dropPrivileges();
      await stage.reader.start();
      stage.lines(20);
      await stage.reader.pass(1700);
      chmodSync(stage.path, 0o644);
      stage.lines(20);
      await stage.caughtUp();
    },
  },
  {
    name: 'absent-at-start',
    async run(stage) {
      await stage.reader.stop();
      unlinkSync(stage.path);
      await stage.reader.start();
      await stage.reader.pass(400);
      stage.lines(50);
      await stage.caughtUp();
    },
  },
  {
    name: 'directory-absent-at-start',
    async run(stage) {
      await stage.reader.stop();
      rmSync(stage.directory, { recursive: true });
      await stage.reader.start();
      await stage.reader.pass(400);
      mkdirSync(stage.directory);
      stage.lines(50);
      await stage.caughtUp();
      stage.lines(5);
      await stage.caughtUp();
    },
  },
];
