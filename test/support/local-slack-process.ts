/**
 * The local Slack as a process of its own, for a bot that is killed and restarted while Slack lives on:
 * `tsx test/support/local-slack-process.ts [PORT]`. Prints one JSON line (url, apiUrl, tokens) and ends with SIGTERM,
 * SIGINT or the end of its standard input.
 */
import { createLocalSlack } from '../../src/demo/local-slack/local-slack.ts';

const localSlack = await createLocalSlack({ port: Number(process.argv[2] ?? 0) });
const { url, pageUrl, apiUrl, botToken, appToken, signingSecret } = localSlack;
process.stdout.write(`${JSON.stringify({ url, pageUrl, apiUrl, botToken, appToken, signingSecret })}\n`);

const stop = () => {
  process.stdin.destroy();
  void localSlack.close();
};
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
process.stdin.once('end', stop).resume();
