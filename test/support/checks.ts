/** The checks, found as the service finds them. */
import { loadChecks } from '../../src/service/load-checks.ts';

/** The ids that other programs rely on, in their order. More may be added. */
export const CONTRACT_CHECKS =
  'slots gap states workers fds backlog kernel config sockets ports upstreams clients log reloads system'.split(' ');

export const CHECKS = await loadChecks();
export const CHECK_IDS = CHECKS.map(({ id }) => id);
