/** Scenarios in which the log is a symlink, as in Kubernetes: what it leads to is rotated under a name of its own. */
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import type { Scenario, Stage } from './stage.ts';

/** `app.log` leads to `pods/<name>` from the reader's start on; 20 lines of it are read. */
async function startOnLink(stage: Stage, name: string): Promise<string> {
  await stage.reader.stop();
  rmSync(stage.path);
  mkdirSync(stage.at('pods'), { recursive: true });
  const target = stage.at(`pods/${name}`);
  writeFileSync(target, '');
  symlinkSync(target, stage.path);
  await stage.reader.start();
  stage.lines(20, target);
  await stage.caughtUp();
  return target;
}

function pointTo(stage: Stage, target: string): void {
  symlinkSync(target, stage.at('link.new'));
  renameSync(stage.at('link.new'), stage.path);
}

export const linking: readonly Scenario[] = [
  {
    name: 'symlink-repointed',
    async run(stage) {
      await stage.reader.stop();
      rmSync(stage.path);
      writeFileSync(stage.at('one.out'), '');
      symlinkSync('one.out', stage.path);
      await stage.reader.start();
      stage.lines(25);
      await stage.caughtUp();
      stage.lines(5);
      writeFileSync(stage.at('two.out'), stage.text(20));
      pointTo(stage, 'two.out');
      stage.lines(25);
      stage.lines(5, stage.at('one.out'));
      await stage.caughtUp();
    },
  },
  {
    name: 'symlink-target-rotated-then-repointed',
    async run(stage) {
      const target = await startOnLink(stage, '0.log');
      stage.reader.freeze();
      renameSync(target, `${target}.20261121-081500`);
      stage.lines(30, target);
      const next = stage.at('pods/1.log');
      stage.lines(20, next);
      pointTo(stage, next);
      stage.reader.thaw();
      stage.lines(5, next);
      await stage.caughtUp();
      stage.lines(5, target);
      stage.lines(5, `${target}.20261121-081500`);
      await stage.caughtUp();
    },
  },
  {
    name: 'stop-symlink-target-rotated-start',
    async run(stage) {
      const target = await startOnLink(stage, '0.log');
      await stage.reader.stop();
      stage.lines(15, target);
      renameSync(target, `${target}.20261121-081500`);
      stage.lines(15, target);
      renameSync(target, `${target}.20261121-081600`);
      stage.lines(15, target);
      await stage.reader.start();
      stage.lines(5, target);
      await stage.caughtUp();
    },
  },
];
