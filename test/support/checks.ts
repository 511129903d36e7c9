/** The checks, found as the service finds them. */
import { loadChecks } from '../../src/service/load-checks.ts';

export const CHECKS = await loadChecks();
export const CHECK_IDS = CHECKS.map(({ id }) => id);
