/** A process that holds a store as the service does, says so, and ends with its standard input. Argument: the path. */
import { systemClock } from '../../../src/core/clock.ts';
import { GapwatchError } from '../../../src/core/errors.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { openServiceStore } from '../../../src/store/store.ts';

try {
  const store = openServiceStore(process.argv[2] ?? '', { clock: systemClock, logger: silentLogger });
  store.facts.set('held', true);
  process.stdout.write('held\n');
  process.stdin.resume().on('end', () => store.close());
} catch (error) {
  if (!(error instanceof GapwatchError)) throw error;
  process.stdout.write(`${error.code}: ${error.message}\n${error.hint}\n`);
}
