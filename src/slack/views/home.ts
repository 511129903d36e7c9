/** Publishes the App Home when a person of the workspace opens it, and again when its content changes. */
import type { AllMiddlewareArgs, SlackEventMiddlewareArgs, types, webApi } from '@slack/bolt';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { Allow } from '../allow.ts';
import { homeView, refusedHome } from '../blocks/home-view.ts';
import type { SlackPorts } from '../ports.ts';

export interface Home {
  onOpened(args: SlackEventMiddlewareArgs<'app_home_opened'> & AllMiddlewareArgs): Promise<void>;
  publish(userId: string): Promise<void>;
  /** Reports a change of the content. */
  changed(): void;
  /** Publishes changes at most every 10 s, and the figures every minute. */
  tick(): Promise<void>;
}

const EVERY_MS = 10_000;
const FIGURES_MS = 60_000;
/** Slack does not report when a person closes the page. */
const LOOKS_MS = 60 * 60_000;
/** `views.publish` is a Tier 4 method. The person who opened the page longest ago is dropped first. */
const MOST_PEOPLE = 50;

export interface HomeDeps {
  readonly client: webApi.WebClient;
  readonly ports: SlackPorts;
  readonly allow: Allow;
  readonly clock: Clock;
  readonly logger: Logger;
}

export function createHome({ client, ports, allow, clock, logger }: HomeDeps): Home {
  const lookers = new Map<string, number>();
  let dirty = false;
  let nextAt = 0;
  let figuresAt = clock.monotonicMs() + FIGURES_MS;

  async function show(userId: string, view: types.HomeView): Promise<boolean> {
    try {
      await client.views.publish({ user_id: userId, view });
      return true;
    } catch (error) {
      logger.warn({ err: error, userId }, 'publishing the App Home failed');
      return false;
    }
  }

  async function publish(userId: string): Promise<void> {
    try {
      if (!(await show(userId, homeView(await ports.home())))) lookers.delete(userId);
    } catch (error) {
      logger.error({ err: error, userId }, 'rendering the App Home failed');
    }
  }

  return {
    publish,
    async onOpened({ event, body }) {
      if (event.tab !== 'home') return;
      const verdict = allow.mayRead({ userId: event.user, teamIds: [body.team_id], channelId: null });
      if (!verdict.allowed) {
        logger.info({ userId: event.user, rule: verdict.rule }, 'App Home refused');
        if (!verdict.isElsewhere) await show(event.user, refusedHome(verdict.rule));
        return;
      }
      lookers.delete(event.user);
      lookers.set(event.user, clock.monotonicMs());
      const oldest = lookers.keys().next().value;
      if (lookers.size > MOST_PEOPLE && oldest !== undefined) lookers.delete(oldest);
      await publish(event.user);
    },
    changed: () => {
      dirty = true;
    },
    async tick() {
      const now = clock.monotonicMs();
      if (now < nextAt || !(dirty || now >= figuresAt)) return;
      dirty = false;
      nextAt = now + EVERY_MS;
      figuresAt = now + FIGURES_MS;
      for (const [userId, openedAt] of [...lookers]) {
        if (now - openedAt > LOOKS_MS) lookers.delete(userId);
        else await publish(userId);
      }
    },
  };
}
