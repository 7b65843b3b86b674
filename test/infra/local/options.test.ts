import { describe, expect, test } from 'vitest';
import { readOptions, simulatorCredentials, UsageError } from '../../../infra/local/options.ts';

const bare = {
  profile: 'tencentcloud',
  appId: 'TIDASIM1',
  appIdGiven: false,
  appSecret: undefined,
  account: undefined,
};
const withCredentials = { ...bare, appId: 'IDA00001', appIdGiven: true, appSecret: 'secret' };

test('starts the simulator on port 3000 if nothing is said', () => {
  expect(readOptions([], bare)).toEqual({
    port: 3000,
    data: '.signet',
    profile: 'tencentcloud',
    simulated: true,
    upstreamUrl: undefined,
    verbose: false,
    ...simulatorCredentials,
  });
  // Real credentials are nothing for the simulator.
  expect(readOptions([], { ...withCredentials, profile: 'kyc1' })).toMatchObject({
    profile: 'kyc1',
    ...simulatorCredentials,
  });
});

test('takes a real upstream, or a stand-in on this machine', () => {
  expect(readOptions(['--upstream', 'webank', '--port', '0', '--data=/x', '--verbose'], withCredentials)).toEqual({
    port: 0,
    data: '/x',
    profile: 'webank',
    simulated: false,
    upstreamUrl: undefined,
    verbose: true,
    appId: 'IDA00001',
    appSecret: 'secret',
  });
  for (const [given, origin] of [
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['http://localhost:8080/', 'http://localhost:8080'],
    ['https://[::1]:8443', 'https://[::1]:8443'],
    ['http://127.9.8.7', 'http://127.9.8.7'],
  ] as const) {
    expect(readOptions(['--upstream', 'kyc1', '--upstream-url', given], withCredentials)?.upstreamUrl).toBe(origin);
  }
});

test('explains itself', () => {
  expect(readOptions(['--help'], bare)).toBeUndefined();
});

describe('refuses in one line', () => {
  test.each<[string, string[], object, string]>([
    ['an unknown option', ['--prot', '1'], bare, "Unknown option '--prot'. Try npm start -- --help."],
    ['an argument', ['simulator'], bare, "Unexpected argument 'simulator'"],
    ['an option without its value', ['--port'], bare, '--port'],
    ['a port that is no number', ['--port', 'x'], bare, '--port must be a number from 0 to 65535.'],
    ['a port out of range', ['--port', '65536'], bare, '--port must be'],
    ['a negative port', ['--port=-1'], bare, '--port must be'],
    ['no folder', ['--data', ''], bare, '--data must name a folder.'],
    [
      'an unknown upstream',
      ['--upstream', 'toString'],
      withCredentials,
      'one of simulator, webank, tencentcloud, kyc1',
    ],
    ['an unknown profile of the simulator', [], { ...bare, profile: 'x' }, 'SIGNET_PROFILE must be one of'],
    [
      'a missing app id',
      ['--upstream', 'kyc1'],
      { ...bare, appSecret: 's' },
      'needs SIGNET_APP_ID and SIGNET_APP_SECRET',
    ],
    ['a missing secret', ['--upstream', 'kyc1'], { ...withCredentials, appSecret: undefined }, 'SIGNET_APP_SECRET'],
    [
      'an app id of another form',
      ['--upstream', 'kyc1'],
      { ...withCredentials, appId: 'short' },
      '8 letters and digits',
    ],
    ['a stand-in for the simulator', ['--upstream-url', 'http://127.0.0.1'], bare, 'needs --upstream'],
  ])('%s', (_what, args, environment, message) => {
    const read = () => readOptions(args, { ...bare, ...environment });
    expect(read).toThrow(UsageError);
    expect(read).toThrow(message);
    expect(read).not.toThrow('\n');
  });

  test.each([
    'ftp://127.0.0.1',
    'http://example.com',
    'http://127.0.0.1.example.com',
    'http://localhost.example.com',
    'http://10.0.0.1',
    'http://0.0.0.0',
    'http://[::2]',
    'http://user@127.0.0.1',
    'http://127.0.0.1/path',
    'http://127.0.0.1/?q',
    '127.0.0.1:80',
    '',
  ])('the stand-in %s', (url) => {
    expect(() => readOptions(['--upstream', 'kyc1', '--upstream-url', url], withCredentials)).toThrow(
      '--upstream-url must be http(s)://HOST[:PORT] with a loopback host',
    );
  });
});
