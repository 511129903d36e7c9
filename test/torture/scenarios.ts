/** Every scenario: what a follower of logs meets on a host. */
import { cutting } from './cutting.ts';
import { linking } from './linking.ts';
import { restarting } from './restarting.ts';
import { rotating } from './rotating.ts';
import type { Scenario } from './stage.ts';
import { writing } from './writing.ts';

export const scenarios: readonly Scenario[] = [...writing, ...rotating, ...linking, ...cutting, ...restarting];
