/** A GET request that keeps its connection, for clients that hold connections. */
export function get(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: lab.test\r\n\r\n`;
}
