/** Rotations, copies, compression and restarts in any order: what no table of scenarios thought of. */
import { copyFileSync, existsSync, readFileSync, renameSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { play } from '../torture/play.ts';
import { SourceReader } from '../torture/source-reader.ts';
import type { Scenario, Stage } from '../torture/stage.ts';

const DEEPEST = 12;

/** Moves `.1`, `.2.gz`, … up by one, so that `.1` is free. */
function makeRoom(stage: Stage): void {
  for (let n = DEEPEST; n >= 1; n--)
    for (const end of ['', '.gz'])
      if (existsSync(stage.at(`app.log.${n}${end}`)))
        renameSync(stage.at(`app.log.${n}${end}`), stage.at(`app.log.${n + 1}${end}`));
}

/** One rotated file after another descriptor still writes to it. */
interface World {
  late: number | null;
}

const ACTS: Readonly<Record<string, (stage: Stage, world: World) => void | Promise<void>>> = {
  write: (stage) => stage.lines(5),
  look: (stage) => stage.caughtUp(),
  'let time pass': (stage) => stage.reader.pass(200),
  rotate(stage, world) {
    world.late = stage.open();
    makeRoom(stage);
    renameSync(stage.path, stage.at('app.log.1'));
    stage.lines(3);
  },
  'write late'(stage, world) {
    if (world.late !== null) stage.lines(2, world.late);
  },
  compress(stage, world) {
    const plain = Array.from({ length: DEEPEST }, (_, i) => `app.log.${i + 1}`).find((name) =>
      existsSync(stage.at(name)),
    );
    if (plain === undefined) return;
    world.late = null;
    writeFileSync(stage.at(`${plain}.gz`), gzipSync(readFileSync(stage.at(plain))));
    unlinkSync(stage.at(plain));
  },
  'copy and truncate'(stage) {
    makeRoom(stage);
    copyFileSync(stage.path, stage.at('app.log.1'));
    truncateSync(stage.path);
    stage.lines(4);
  },
  async restart(stage) {
    await stage.reader.stop();
    await stage.reader.start();
  },
  async 'stop, write, rotate, start'(stage, world) {
    await stage.reader.stop();
    stage.lines(3);
    await ACTS.rotate?.(stage, world);
    await stage.reader.start();
  },
  async 'kill and start'(stage) {
    await stage.reader.kill();
    stage.lines(2);
    await stage.reader.start();
  },
};

function scenario(acts: readonly string[]): Scenario {
  return {
    name: acts.join(', '),
    async run(stage) {
      const world: World = { late: null };
      stage.lines(4);
      for (const act of acts) await ACTS[act]?.(stage, world);
      await stage.caughtUp();
    },
  };
}

it('the file source loses no line, and repeats none without a kill, whatever the order of things', {
  timeout: 60_000,
}, async () => {
  const acts = fc.array(fc.constantFrom(...Object.keys(ACTS)), { minLength: 1, maxLength: DEEPEST });
  const property = fc.asyncProperty(acts, fc.integer({ min: 1, max: 100 }), async (order, seed) => {
    const { lost, mangled, repeated } = await play(scenario(order), seed, (path) => new SourceReader(path));
    expect({ lost, mangled }).toEqual({ lost: [], mangled: [] });
    if (!order.includes('kill and start')) expect(repeated).toEqual([]);
  });
  await fc.assert(property, { numRuns: 250 });
});
