import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startSimulator } from '../../../infra/local/simulator.ts';
import { temporaryFolder } from './fixtures.ts';

async function start(stateFile: string) {
  const simulator = await startSimulator({ profile: 'kyc1', appId: 'TIDASIM1', secret: 'secret', port: 0, stateFile });
  onTestFinished(() => simulator.stop());
  const get = async (path: string): Promise<Record<string, unknown>> =>
    (await fetch(simulator.url + path)).json() as never;
  return { ...simulator, get };
}

const tokenPath = '/api/oauth2/access_token?app_id=TIDASIM1&secret=secret&grant_type=client_credential&version=1.0.0';
const ticketPath = (token: string): string =>
  `/api/oauth2/api_ticket?app_id=TIDASIM1&access_token=${token}&type=SIGN&version=1.0.0`;

test('serves the upstream over HTTP and remembers it between runs', async () => {
  const stateFile = join(temporaryFolder(), 'simulator.json');
  const first = await start(stateFile);
  const token = (await first.get(tokenPath)).access_token as string;
  expect(token).toMatch(/^\w+/);
  await first.stop();
  expect(statSync(stateFile).mode & 0o777).toBe(0o600);
  expect(readFileSync(stateFile, 'utf8')).toContain(token);
  const second = await start(stateFile);
  expect(await second.get(ticketPath(token))).toMatchObject({ code: '0' });
});

test('answers what it does not know like a web server', async () => {
  const { url } = await start(join(temporaryFolder(), 'simulator.json'));
  expect((await fetch(`${url}/nothing`)).status).toBe(404);
});
