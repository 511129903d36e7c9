/** Every scenario: those of the study PERFORMANCE.md reports, and what we found ourselves. */
import { cutting } from './cutting.ts';
import { linking } from './linking.ts';
import { restarting } from './restarting.ts';
import { rotating } from './rotating.ts';
import type { Scenario } from './stage.ts';
import { writing } from './writing.ts';

export const scenarios: readonly Scenario[] = [...writing, ...rotating, ...linking, ...cutting, ...restarting];
