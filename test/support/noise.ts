/** Uniform noise in −1…1 from a linear congruential generator (the constants of glibc's `rand`): the same in every run. */
export function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 1_073_741_824 - 1;
  };
}
