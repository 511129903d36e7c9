/** The n-th client address. Every address of 127.0.0.0/8 reaches the loopback listeners; 60,000 are distinct. */
export function sourceAddress(n: number): string {
  return `127.7.${Math.floor(n / 250) % 250}.${(n % 250) + 1}`;
}
