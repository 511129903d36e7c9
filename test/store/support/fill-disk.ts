/**
 * A service's store on a file system that fills, for real: run in a mount namespace with a small tmpfs at the argument.
 * Prints one JSON object with what was seen.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { silentLogger } from '../../../src/core/logger.ts';
import { openServiceStore, openStore } from '../../../src/store/store.ts';
import { clockAt } from '../../support/clock-at.ts';

const folder = process.argv[2] ?? '';
const path = join(folder, 'gapwatch.db');
const filler = join(folder, 'filler');
const deps = { clock: clockAt(() => Date.now()), logger: silentLogger };

function fill(): void {
  for (let bytes = 64 * 1024; bytes >= 1; bytes = Math.floor(bytes / 2)) {
    try {
      for (;;) writeFileSync(filler, Buffer.alloc(bytes, 1), { flag: 'a' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
}

const store = openServiceStore(path, deps);
store.facts.set('before', 'x'.repeat(1000));
fill();
for (let n = 0; n < 200; n++) store.facts.set(`during-${n}`, 'y'.repeat(1000));
const full = { trouble: store.health.trouble(), notices: store.health.takeNotices().map(({ kind }) => kind) };
const read = { before: store.facts.get('before') !== null, during: store.facts.list('during-').length };
store.health.recover();
const still = store.health.trouble();
rmSync(filler);
store.health.recover();
const freed = { trouble: store.health.trouble(), notices: store.health.takeNotices().map(({ kind }) => kind) };
store.close();

const again = openStore(path);
const kept = { before: again.facts.get('before') !== null, during: again.facts.list('during-').length };
again.close();

// A start on a full disk: what the file holds is read all the same.
fill();
const late = openServiceStore(path, deps);
const started = { during: late.facts.list('during-').length };
late.facts.set('late', 'z'.repeat(100_000));
const lateTrouble = late.health.trouble();
rmSync(filler);
late.close();
const last = openStore(path);
const lateKept = last.facts.get('late') !== null;
process.stdout.write(JSON.stringify({ full, read, still, freed, kept, started, lateTrouble, lateKept }));
