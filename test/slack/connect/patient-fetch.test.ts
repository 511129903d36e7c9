import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createPatientFetch } from '../../../src/slack/connect/patient-fetch.ts';

async function slackThatSays(body: string, status = 200): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(status).end(body)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/apps.connections.open`;
}

describe('the fetch of apps.connections.open', () => {
  it('passes on the first refusal, so that a bad token ends the start', async () => {
    const heard: string[] = [];
    const patient = createPatientFetch((error) => void heard.push(error));
    const response = await patient.fetch(await slackThatSays('{"ok":false,"error":"invalid_auth"}'));
    expect(await response.json()).toEqual({ ok: false, error: 'invalid_auth' });
    expect(heard).toEqual([]);
  });

  it('turns later refusals into errors that the SDK retries, and reports their name', async () => {
    const heard: string[] = [];
    const patient = createPatientFetch((error) => void heard.push(error));
    patient.beConnected();
    const response = await patient.fetch(await slackThatSays('{"ok":false,"error":"link_disabled"}'));
    expect(response.status).toBe(503);
    expect(heard).toEqual(['link_disabled']);
  });

  it.each([
    ['{"ok":true,"url":"ws://x"}', 200],
    ['not json', 200],
    ['', 429],
  ])('passes on %j with status %i', async (body, status) => {
    const patient = createPatientFetch(() => {});
    patient.beConnected();
    const response = await patient.fetch(await slackThatSays(body, status));
    expect(response.status).toBe(status);
    expect(await response.text()).toBe(body);
  });
});
