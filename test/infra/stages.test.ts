import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkStages, findStage, StageError } from '../../infra/check-stages.ts';
import { deployedStages, localStage, type Stage } from '../../infra/stages.ts';

const local = localStage({ profile: 'tencentcloud', appId: 'TIDASIM1' });
const [dev, prod] = deployedStages as [Stage, Stage];
const messageOf = (...stages: Stage[]) => {
  try {
    checkStages(stages);
  } catch (error) {
    expect(error).toBeInstanceOf(StageError);
    return (error as Error).message;
  }
  return undefined;
};

describe('checkStages', () => {
  test('accepts the stages of the app', () => {
    expect(messageOf(local, ...deployedStages)).toBeUndefined();
  });

  const faults: readonly (readonly [string, Partial<Stage>, string])[] = [
    ['no residency', { dataResidency: undefined }, "it has no dataResidency: say 'mainland' or 'exported'"],
    [
      'mainland data in another region',
      { region: 'ap-southeast-1' },
      "dataResidency 'mainland' contradicts region ap-southeast-1: choose a cn- region, or 'exported' once the export of personal data is lawful",
    ],
    [
      'an export that is none',
      { dataResidency: 'exported' },
      "dataResidency 'exported' contradicts region cn-north-1: data stays in the mainland there, say 'mainland'",
    ],
    ['no region', { region: '' }, 'it has no region'],
    ['a short app id', { appId: 'TIDA001' }, 'appId TIDA001 must be 8 letters and digits'],
    ['an app id with a slash', { appId: 'TIDA/001' }, 'appId TIDA/001 must be 8 letters and digits'],
    [
      'an unknown profile',
      { profile: 'webbank' as Stage['profile'] },
      'profile webbank must be one of webank, tencentcloud, kyc1',
    ],
    ['a bad account', { account: '1234' }, 'account 1234 must be 12 digits'],
    ['a bad name', { name: 'Dev_1' }, 'its name must be 1 to 16 lower case letters and digits'],
    [
      'approval below a match',
      { similarity: { match: 80, approve: 70 } },
      'similarity must be 0 < match <= approve <= 100',
    ],
    [
      'a rate of an unknown family',
      { rates: { faces: { perSecond: 1, burst: 1 } } as Stage['rates'] },
      'limits name family faces, which must be one of face, challenge, video, consent, consent-check, id-card, bank-card, license, id-card-query, bank-card-query, license-query',
    ],
    [
      'a rate without room',
      { rates: { face: { perSecond: 10, burst: 0 } } },
      'rates must have 0 < perSecond <= 1000 and a whole burst from 1 on',
    ],
    [
      'a rate of zero',
      { rates: { face: { perSecond: 0, burst: 1 } } },
      'rates must have 0 < perSecond <= 1000 and a whole burst from 1 on',
    ],
    [
      'a fraction of an order',
      { ordersPerPerson: { face: 0.5 } },
      'ordersPerPerson must be whole numbers from 1 to 1000',
    ],
    [
      'an approval that needs an unknown check',
      { approval: { ...dev.approval, requires: ['consent', ['face', 'passport']] } as unknown as Stage['approval'] },
      'approval.requires names check passport, which must be one of consent, idCard, face, liveness, bankCard, driverLicense, vehicleLicense',
    ],
    [
      'an approval that needs one of nothing',
      { approval: { ...dev.approval, requires: ['consent', []] } },
      'approval.requires has a group without a check',
    ],
    [
      'a score above the best',
      { approval: { ...dev.approval, livenessScore: 101 } },
      'approval.livenessScore must be 0 < score <= 100',
    ],
    [
      'a warning that is no slug',
      { approval: { ...dev.approval, warnings: { review: ['glare', 'Temporary card'], decline: [] } } },
      'approval.warnings name Temporary card, which must be lower case letters, digits and -',
    ],
    [
      'a warning that both reviews and declines',
      { approval: { ...dev.approval, warnings: { review: ['glare', 'expired'], decline: ['expired'] } } },
      'approval.warnings name expired under review and under decline',
    ],
    [
      'uploads from a page without TLS',
      { uploadOrigins: ['https://app.example.com', 'http://app.example.com'] },
      'uploadOrigins names http://app.example.com, which must be https://HOST',
    ],
    ['uploads from every page', { uploadOrigins: ['*'] }, 'uploadOrigins names *, which must be https://HOST'],
    ['no retention', { decisionRetentionDays: 94 }, 'decisionRetentionDays 94 must be a whole number from 95 to 3650'],
    [
      'decisions kept for ever',
      { decisionRetentionDays: 3651 },
      'decisionRetentionDays 3651 must be a whole number from 95 to 3650',
    ],
    [
      'an authorizer that is no function',
      { auth: { authorizerArn: 'arn:aws-cn:iam::1:role/x' } },
      'auth.authorizerArn must be the ARN of a Lambda function',
    ],
    ['tracing in the mainland', { tracing: true }, 'tracing is not available for Lambda in region cn-north-1'],
    [
      'an odd log retention',
      { logRetentionDays: 31 },
      'logRetentionDays 31 must be a number that CloudWatch Logs knows, and logs must end',
    ],
    [
      'endless logs',
      { logRetentionDays: 9999 },
      'logRetentionDays 9999 must be a number that CloudWatch Logs knows, and logs must end',
    ],
    [
      'replaceable hosts where data is kept',
      { retain: true, upstreamUrlParameter: true },
      'upstreamUrlParameter lets requests go to other hosts, which a stage that retains its data must not',
    ],
    ['an unknown owner', { appIdOwner: 'live' }, 'appIdOwner live is not a stage'],
    ['an owner of something else', { appIdOwner: 'prod' }, 'appIdOwner prod has another appId or profile'],
  ];
  test.each(faults)('refuses %s', (_, change, message) => {
    const stage = { ...dev, ...change };
    expect(messageOf(stage, prod)).toBe(`stage ${stage.name}: ${message}`);
  });

  test('lets a stand-in for the upstream have app ids of its own', () => {
    expect(messageOf({ ...local, appId: 'stand-in_1' })).toBeUndefined();
    expect(messageOf({ ...local, appId: 'a/b' })).toBe(
      'stage local: appId a/b must be 1 to 32 letters, digits, _ and -',
    );
  });

  test('refuses two owners of one app id, because each would kill the tickets of the other', () => {
    expect(messageOf(dev, { ...prod, appId: dev.appId })).toBe(
      "stages dev and prod both claim app id TIDA0001: each would kill the other's tickets. Give one its own app id, or set its appIdOwner",
    );
  });

  test('refuses two stages of one name', () => {
    expect(messageOf(dev, { ...dev, appId: 'TIDA0002' })).toBe('stage dev is there twice');
  });

  const sharing: Stage = { ...dev, name: 'staging', appIdOwner: 'dev' };
  test('accepts a stage that shares an app id and names the owner', () => {
    expect(messageOf(dev, prod, sharing)).toBeUndefined();
  });

  test('refuses an owner that does not own the app id itself', () => {
    expect(messageOf(dev, sharing, { ...dev, name: 'demo', appIdOwner: 'staging' })).toBe(
      'stage demo: appIdOwner staging does not own the app id itself',
    );
  });

  test('refuses an owner whose secrets are out of reach', () => {
    expect(messageOf(dev, { ...sharing, account: '123456789012' })).toBe(
      'stage staging: appIdOwner dev is in another account or region, where its ticket cannot be read',
    );
  });
});

describe('findStage', () => {
  test('lists the choices when none is given or it is unknown', () => {
    expect(findStage([local, dev], 'dev')).toBe(dev);
    expect(() => findStage([local, dev], undefined)).toThrow(
      'no stage given: say --context stage=NAME, one of local, dev',
    );
    expect(() => findStage([local, dev], 'live')).toThrow(
      'unknown stage live: say --context stage=NAME, one of local, dev',
    );
  });
});

test('the app without a stage says so in one line', () => {
  const app = join(import.meta.dirname, '../../infra/app.ts');
  const { status, stderr } = spawnSync(process.execPath, [app], { encoding: 'utf8' });
  expect(stderr).toBe('no stage given: say --context stage=NAME, one of local, dev, prod\n');
  expect(status).toBe(1);
});

test('only the stage that is never deployed lets the hosts of the upstream be replaced', () => {
  expect(deployedStages.filter(({ upstreamUrlParameter }) => upstreamUrlParameter)).toEqual([]);
  expect(local.upstreamUrlParameter).toBe(true);
});

test('cdk.json sets every recommended feature flag of the installed CDK as recommended', () => {
  const read = (path: string) => JSON.parse(readFileSync(join(import.meta.dirname, '../..', path), 'utf8'));
  const { 'cli-telemetry': telemetry, ...flags } = read('cdk.json').context;
  expect(telemetry).toBe(false);
  expect(flags).toEqual(read('node_modules/aws-cdk-lib/recommended-feature-flags.json'));
});
