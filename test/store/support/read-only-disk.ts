/** A service's store on a file system that is mounted read-only, for real; it can be written later. Argument: the mount. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { silentLogger } from '../../../src/core/logger.ts';
import { openServiceStore, openStore } from '../../../src/store/store.ts';
import { clockAt } from '../../support/clock-at.ts';

const folder = process.argv[2] ?? '';
const path = join(folder, 'gapwatch.db');
const remount = (how: string): unknown => execFileSync('mount', ['-o', `remount,${how}`, folder]);

remount('ro');
const store = openServiceStore(path, { clock: clockAt(() => Date.now()), logger: silentLogger });
const started = { held: store.facts.get('held') };
store.facts.set('during', 1);
const trouble = store.health.trouble()?.detail;
const kinds = () => store.health.takeNotices().map(({ kind }) => kind);
const notices = kinds();
remount('rw');
store.health.recover();
const later = { trouble: store.health.trouble(), notices: kinds() };
store.close();
const again = openStore(path);
process.stdout.write(JSON.stringify({ started, trouble, notices, later, kept: again.facts.get('during') }));
