/** Plays one scenario on a fresh directory and judges what came out. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { judge, type Reader, type Scenario, Stage, type Verdict } from './stage.ts';

/** `makeReader` gets the path to follow and a directory of its own beside the log's. */
export async function play(
  scenario: Scenario,
  seed: number,
  makeReader: (path: string, own: string) => Reader,
): Promise<Verdict> {
  const top = mkdtempSync(join(tmpdir(), 'gapwatch-torture-'));
  const [logs, own] = [join(top, 'logs'), join(top, 'reader')];
  chmodSync(top, 0o755);
  mkdirSync(logs);
  mkdirSync(own);
  writeFileSync(join(logs, 'app.log'), '');
  const stage = new Stage(logs, makeReader(join(logs, 'app.log'), own), seed);
  try {
    await stage.reader.start();
    await scenario.run(stage);
    await stage.reader.stop();
    return judge(stage);
  } finally {
    stage.closeDescriptors();
    await stage.reader.kill();
    rmSync(top, { recursive: true, force: true });
  }
}
