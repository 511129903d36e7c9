/**
 * The local Slack as a process of its own, for a bot that is killed and restarted while Slack lives on:
 * `tsx test/support/workbench-process.ts [PORT]`. Prints one JSON line (url, apiUrl, tokens) and ends with SIGTERM,
 * SIGINT or the end of its standard input.
 */
import { createWorkbench } from '../../src/workbench/workbench.ts';

const workbench = await createWorkbench({ port: Number(process.argv[2] ?? 0) });
const { url, pageUrl, apiUrl, botToken, appToken, signingSecret } = workbench;
process.stdout.write(`${JSON.stringify({ url, pageUrl, apiUrl, botToken, appToken, signingSecret })}\n`);

const stop = () => {
  process.stdin.destroy();
  void workbench.close();
};
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
process.stdin.once('end', stop).resume();
