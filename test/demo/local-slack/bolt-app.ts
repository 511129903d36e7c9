/** A real Bolt 5 app in Socket Mode that uses a local Slack as it would Slack. */
import { App, type Logger, LogLevel } from '@slack/bolt';
import type { LocalSlack } from '../../../src/demo/local-slack/local-slack.ts';

// The SDK logs the errors that these tests provoke.
const quiet: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => LogLevel.ERROR,
  setName() {},
};

export interface BoltApp {
  readonly app: App;
  stop(): Promise<void>;
}

/** Registers listeners through `setup`, then connects. Call `stop` before the local Slack closes. */
export async function startBoltApp(localSlack: LocalSlack, setup: (app: App) => void): Promise<BoltApp> {
  const app = new App({
    token: localSlack.botToken,
    appToken: localSlack.appToken,
    socketMode: true,
    deferInitialization: true,
    logger: quiet,
    clientOptions: { slackApiUrl: localSlack.apiUrl, retryConfig: { retries: 0 } },
  });
  setup(app);
  await app.init();
  await app.start();
  return {
    app,
    async stop() {
      await app.stop();
    },
  };
}
