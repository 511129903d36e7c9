/** `npm run docs`: prints the reference parts of README.md from the code into it. */
import { writeFileSync } from 'node:fs';
import { documented, README } from './documented.ts';

writeFileSync(README, await documented());
