/** The options of a lineage. */
export interface LineageOptions {
  readonly path: string;
  readonly capBytes: number;
  readonly lingerMs: number;
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
}
