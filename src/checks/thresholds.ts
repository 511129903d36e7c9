/** Shares that matter to the checks alone; those that decide about a cause are in the config. */

/** At this share of any limit the next moment loses something. */
export const FULL_RATIO = 0.97;
/** Free memory, disk or process numbers below this share are worth a warning. */
export const SCARCE_RATIO = 0.05;
