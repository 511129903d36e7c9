/** One line on a terminal's stderr that says how much was read; nothing when stderr is no terminal. */
import type { Io } from './io.ts';

export interface Progress {
  add(bytes: number): void;
  end(): void;
}

const STEP_BYTES = 16 * 1024 * 1024;

export function createProgress(io: Io, verb: string, wanted: boolean): Progress {
  const terminal = (io.stderr as { isTTY?: boolean }).isTTY === true && wanted;
  let [total, shown] = [0, 0];
  return {
    add(bytes) {
      total += bytes;
      if (!terminal || total - shown < STEP_BYTES) return;
      shown = total;
      io.stderr.write(`\r${verb} ${(total / 2 ** 20).toFixed(0)} MiB`);
    },
    end() {
      if (shown > 0) io.stderr.write('\r\u001b[K');
    },
  };
}
