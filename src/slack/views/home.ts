/** The App Home: published when a person opens it, and again for those who have it open when something changed. */
import type { AllMiddlewareArgs, SlackEventMiddlewareArgs, webApi } from '@slack/bolt';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { homeView } from '../blocks/home-view.ts';
import type { SlackPorts } from '../ports.ts';

export interface Home {
  onOpened(args: SlackEventMiddlewareArgs<'app_home_opened'> & AllMiddlewareArgs): Promise<void>;
  publish(userId: string): Promise<void>;
  /** Something on the page changed. */
  changed(): void;
  /** Publishes what changed, at most every 10 s. */
  tick(): Promise<void>;
}

const EVERY_MS = 10_000;
/** `views.publish` is Tier 4; who looked longest ago is left out first. */
const MOST_PEOPLE = 50;

export function createHome(deps: { client: webApi.WebClient; ports: SlackPorts; clock: Clock; logger: Logger }): Home {
  const { client, ports, clock, logger } = deps;
  const lookers = new Set<string>();
  let dirty = false;
  let nextAt = 0;

  async function publish(userId: string): Promise<void> {
    try {
      await client.views.publish({ user_id: userId, view: homeView(await ports.home(userId)) });
    } catch (error) {
      lookers.delete(userId);
      logger.warn({ err: error, userId }, 'the App Home could not be published');
    }
  }

  return {
    publish,
    async onOpened({ event }) {
      if (event.tab !== 'home') return;
      lookers.delete(event.user);
      lookers.add(event.user);
      const oldest = lookers.values().next().value;
      if (lookers.size > MOST_PEOPLE && oldest !== undefined) lookers.delete(oldest);
      await publish(event.user);
    },
    changed: () => {
      dirty = true;
    },
    async tick() {
      if (!dirty || clock.now() < nextAt) return;
      dirty = false;
      nextAt = clock.now() + EVERY_MS;
      for (const userId of [...lookers]) await publish(userId);
    },
  };
}
