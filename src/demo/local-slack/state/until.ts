/** Waits for a state of the workspace. */
import type { Workspace } from './workspace.ts';

/** Resolves with the first true value of `read`, which runs now and after every change. Rejects after `timeoutMs`. */
export function until<T>(
  workspace: Workspace,
  read: () => T | undefined | false | null,
  timeoutMs = 10_000,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const check = () => {
      const found = read();
      if (found === undefined || found === false || found === null) return;
      clearTimeout(deadline);
      stop();
      resolve(found);
    };
    const deadline = setTimeout(() => {
      stop();
      reject(new Error(`the local Slack did not reach the state within ${timeoutMs} ms`));
    }, timeoutMs);
    const stop = workspace.onChange(check);
    check();
  });
}
