/** Limits that only checks use. Those that decide about a cause are in the config. */

/** From this share of a limit a loss is imminent. */
export const FULL_RATIO = 0.97;
/** Below this share of free memory, disk or process numbers a check warns. */
export const SCARCE_RATIO = 0.05;
