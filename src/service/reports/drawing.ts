/**
 * Draws pictures in a child process, one at a time. Loading the drawing library blocks an event loop for half a second
 * and takes 50 MiB, which the service must not pay.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { DigestPicture } from '../../digest/digest-picture.ts';
import type { IncidentPicture } from '../../digest/incident-picture.ts';

export type Drawing =
  | { readonly kind: 'digest'; readonly picture: DigestPicture }
  | { readonly kind: 'incident'; readonly picture: IncidentPicture };

/**
 * The child's answer: a PNG, an error for this picture, or an error for all pictures (the library is optional and
 * native).
 */
export type Drawn = { readonly png: Uint8Array } | { readonly failed: string } | { readonly missing: string };

const OWN = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
const PROGRAM = fileURLToPath(new URL(`./draw-process${OWN}`, import.meta.url));
/** Tests run the sources without a build. */
const LOADER = OWN === '.ts' ? ['--import', 'tsx'] : [];
const PATIENCE_MS = 30_000;
const HEAP_MIB = 256;

export interface Drawer {
  /** Rejects when the process cannot start or exceeds its deadline. */
  draw(drawing: Drawing): Promise<Drawn>;
  stop(): void;
}

async function drawBy(child: ChildProcess, drawing: Drawing): Promise<Drawn> {
  const late = AbortSignal.timeout(PATIENCE_MS);
  const exit = once(child, 'exit', { signal: late }).then(
    ([code, signal]): Drawn => ({ failed: `the drawing process ended: ${code ?? signal}` }),
  );
  const answer = once(child, 'message', { signal: late }).then(([drawn]) => drawn as Drawn);
  try {
    child.send(drawing);
    return await Promise.race([answer, exit]);
  } finally {
    child.kill('SIGKILL');
    // A rejection after the answer is ignored.
    for (const ended of [answer, exit]) ended.catch(() => {});
  }
}

export function createDrawing(): Drawer {
  let before: Promise<unknown> = Promise.resolve();
  let child: ChildProcess | null = null;
  let stopped = false;

  async function draw(drawing: Drawing): Promise<Drawn> {
    if (stopped) return { failed: 'gapwatch stops' };
    child = fork(PROGRAM, {
      execArgv: [...LOADER, `--max-old-space-size=${HEAP_MIB}`],
      // The child needs no environment and must not receive tokens.
      env: {},
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'advanced',
    });
    return drawBy(child, drawing);
  }

  return {
    draw(drawing) {
      const drawn = before.then(() => draw(drawing));
      before = drawn.catch(() => {});
      return drawn;
    },
    stop() {
      stopped = true;
      child?.kill('SIGKILL');
    },
  };
}
