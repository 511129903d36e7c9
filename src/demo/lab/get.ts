/** A whole GET request that keeps its connection, as a holder of connections sends it. */
export function get(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: lab.test\r\n\r\n`;
}
