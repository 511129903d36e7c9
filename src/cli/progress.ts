/** Draws one line on stderr with the bytes read, as a bar when the total is known. Draws nothing without a terminal. */
import type { Io } from './io.ts';

export interface Progress {
  add(bytes: number): void;
  end(): void;
}

const MIB = 2 ** 20;
const STEP_BYTES = 16 * MIB;
const BAR_CELLS = 30;

const mib = (bytes: number): string => `${(bytes / MIB).toFixed(0)} MiB`;

function bar(bytes: number, totalBytes: number): string {
  const share = Math.min(1, bytes / totalBytes);
  const cells = '#'.repeat(share * BAR_CELLS).padEnd(BAR_CELLS, '.');
  return `[${cells}] ${Math.floor(share * 100)}% of ${mib(totalBytes)}`;
}

/** Draws nothing when stderr is no terminal. `totalBytes` is 0 when the total is unknown. */
export function createProgress(io: Io, verb: string, wanted: boolean, totalBytes = 0): Progress {
  const screen = wanted ? io.screen : null;
  const stepBytes = totalBytes === 0 ? STEP_BYTES : Math.min(STEP_BYTES, totalBytes / 100);
  let [total, shown] = [0, 0];
  return {
    add(bytes) {
      total += bytes;
      if (screen === null || total - shown < stepBytes) return;
      shown = total;
      screen.write(`\r${verb} ${totalBytes === 0 ? mib(total) : bar(total, totalBytes)}`);
    },
    end() {
      if (shown > 0) screen?.write('\r\u001b[K');
    },
  };
}
