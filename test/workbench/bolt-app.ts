/** A real Bolt 5 app in Socket Mode, talking to a workbench as it would to Slack. */
import { App, LogLevel } from '@slack/bolt';
import type { Workbench } from '../../src/workbench/workbench.ts';

export interface BoltApp {
  readonly app: App;
  stop(): Promise<void>;
}

/** Registers listeners through `setup`, then connects. Call `stop` before the workbench closes. */
export async function startBoltApp(workbench: Workbench, setup: (app: App) => void): Promise<BoltApp> {
  const app = new App({
    token: workbench.botToken,
    appToken: workbench.appToken,
    socketMode: true,
    deferInitialization: true,
    logLevel: LogLevel.ERROR,
    clientOptions: { slackApiUrl: workbench.apiUrl, retryConfig: { retries: 0 } },
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
