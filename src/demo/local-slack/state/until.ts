/** Waits for a state of the workspace instead of for a time. */
import type { Workspace } from './workspace.ts';

/** Resolves with the first true value of `look`, asked now and after every change; rejects after `timeoutMs`. */
export function until<T>(
  workspace: Workspace,
  look: () => T | undefined | false | null,
  timeoutMs = 10_000,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const check = () => {
      const found = look();
      if (found === undefined || found === false || found === null) return;
      clearTimeout(deadline);
      stop();
      resolve(found);
    };
    const deadline = setTimeout(() => {
      stop();
      reject(new Error(`the local Slack did not get there within ${timeoutMs} ms`));
    }, timeoutMs);
    const stop = workspace.onChange(check);
    check();
  });
}
