/** The follower's figures beside those of GNU tail and of the npm package tail-file, as rows of `npm run bench`. */
import { bench } from './follow-latency.ts';
import { atMost, type Row } from './row.ts';

export async function benchFollow(): Promise<Row[]> {
  return (await bench()).map(({ what, reader, value, unit, target }) => {
    const name = `follow, ${reader}: ${what}`;
    return target === null ? { name, value, unit, target, met: null } : atMost(name, value, unit, target);
  });
}
