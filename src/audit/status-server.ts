/** Writes a server block for a status page, on a port that neither nginx nor one of its upstream servers uses. */
import type { Settings } from '../core/settings.ts';
import { endpointOf } from './addresses.ts';

const PORTS = [8080, 8081, 8082, 8090, 18_080];

export function statusServer({ listens, upstreams }: Settings): string {
  const addresses = [
    ...listens.map(({ address }) => address),
    ...upstreams.flatMap(({ servers }) => servers.map(({ address }) => address)),
  ];
  const taken = new Set(addresses.map((address) => endpointOf(address).port));
  const port = PORTS.find((one) => !taken.has(one)) ?? 18_081;
  return `server {
    listen 127.0.0.1:${port};   # a separate listener has a separate kernel queue
    access_log off;
    location = /nginx_status { stub_status; allow 127.0.0.1; deny all; }
}`;
}
