/** A Slack without manners (raw-slack-peer.ts) that goes away with the test. */
import { onTestFinished } from 'vitest';
import { openRawSlack, type RawSlack } from './raw-slack-peer.ts';

export async function rawSlack(): Promise<RawSlack> {
  const peer = await openRawSlack();
  onTestFinished(() => peer.close());
  return peer;
}
