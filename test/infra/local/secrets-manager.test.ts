import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  generatedValue,
  type SecretsManagerOptions,
  startSecretsManager,
} from '../../../infra/local/secrets-manager.ts';
import { temporaryFolder } from './fixtures.ts';

const arn = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:signet/ticket-AbCdEf';
const token = (letter: string): string => letter.repeat(32);

async function start(more: Partial<SecretsManagerOptions> = {}) {
  const path = more.path ?? join(temporaryFolder(), 'secrets.json');
  const manager = await startSecretsManager({
    path,
    secrets: [{ name: 'signet/ticket', arn }],
    values: {},
    accessKeyId: 'KEY',
    ...more,
  });
  const client = new SecretsManagerClient({
    endpoint: manager.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'KEY', secretAccessKey: 'any' },
    maxAttempts: 1,
  });
  onTestFinished(async () => {
    client.destroy();
    await manager.stop();
  });
  const SecretId = 'signet/ticket';
  return {
    path,
    client,
    endpoint: manager.endpoint,
    put: (letter: string, VersionStages?: string[], SecretString = `value ${letter}`) =>
      client.send(
        new PutSecretValueCommand({ SecretId, SecretString, ClientRequestToken: token(letter), VersionStages }),
      ),
    get: async (input: { VersionId?: string; VersionStage?: string; SecretId?: string } = {}) =>
      (await client.send(new GetSecretValueCommand({ SecretId, ...input }))).SecretString,
    move: (VersionStage: string, from?: string, to?: string) =>
      client.send(
        new UpdateSecretVersionStageCommand({
          SecretId,
          VersionStage,
          RemoveFromVersionId: from && token(from),
          MoveToVersionId: to && token(to),
        }),
      ),
    stages: async () => {
      const { VersionIdsToStages = {} } = await client.send(new DescribeSecretCommand({ SecretId }));
      const entries = Object.entries(VersionIdsToStages).map(
        ([id, labels]) => [id.charAt(0), labels.toSorted()] as const,
      );
      return Object.fromEntries<string[]>(entries);
    },
  };
}

describe('reading', () => {
  test('finds a secret by name, ARN and partial ARN', async () => {
    const { get, put } = await start();
    await put('a');
    for (const SecretId of ['signet/ticket', arn, arn.slice(0, -7)]) expect(await get({ SecretId })).toBe('value a');
  });

  test('tells a missing secret from a missing value', async () => {
    const { get, put } = await start();
    await expect(get({ SecretId: 'other' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: "Secrets Manager can't find the specified secret.",
    });
    await expect(get()).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: expect.stringContaining('staging label: AWSCURRENT'),
    });
    await put('a');
    await expect(get({ VersionId: token('z') })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(get({ VersionId: token('a'), VersionStage: 'AWSPENDING' })).rejects.toMatchObject({
      name: 'InvalidRequestException',
    });
  });
});

describe('version stages', () => {
  test('a new value becomes current, the one before previous, older ones lose their label', async () => {
    const { put, stages, get, client } = await start();
    for (const letter of ['a', 'b', 'c']) await put(letter);
    expect(await stages()).toEqual({ b: ['AWSPREVIOUS'], c: ['AWSCURRENT'] });
    expect(await get({ VersionId: token('a') })).toBe('value a');
    const all = await client.send(new ListSecretVersionIdsCommand({ SecretId: arn, IncludeDeprecated: true }));
    expect(all.Versions?.map(({ VersionId }) => VersionId)).toEqual(['a', 'b', 'c'].map(token));
  });

  test('the first version is current even when it is put as pending', async () => {
    const { put, stages } = await start();
    await put('a', ['AWSPENDING']);
    expect(await stages()).toEqual({ a: ['AWSCURRENT', 'AWSPENDING'] });
  });

  test('a pending value leaves the current one alone until the label moves', async () => {
    const { put, stages, move, get } = await start();
    await put('a');
    await put('b', ['AWSPENDING']);
    expect(await stages()).toEqual({ a: ['AWSCURRENT'], b: ['AWSPENDING'] });
    expect(await get()).toBe('value a');
    await move('AWSCURRENT', 'a', 'b');
    expect(await stages()).toEqual({ a: ['AWSPREVIOUS'], b: ['AWSCURRENT', 'AWSPENDING'] });
    await move('AWSPENDING', 'b');
    expect(await stages()).toEqual({ a: ['AWSPREVIOUS'], b: ['AWSCURRENT'] });
  });

  test('the label moves back and forth between two versions', async () => {
    const { put, stages, move } = await start();
    await put('a');
    await put('b');
    await move('AWSCURRENT', 'b', 'a');
    expect(await stages()).toEqual({ a: ['AWSCURRENT'], b: ['AWSPREVIOUS'] });
  });

  test('a move is a compare-and-swap', async () => {
    const { put, stages, move } = await start();
    await put('a');
    for (const letter of ['b', 'c']) await put(letter, [`candidate-${letter}`]);
    const results = await Promise.allSettled(['b', 'c'].map((letter) => move('AWSCURRENT', 'a', letter)));
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(
      Object.values(await stages())
        .flat()
        .filter((stage) => stage === 'AWSCURRENT'),
    ).toHaveLength(1);
    await expect(move('AWSCURRENT', undefined, 'a')).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringContaining("RemoveFromVersionId can't be empty"),
    });
  });

  test('AWSCURRENT cannot be removed, a version must exist', async () => {
    const { put, move } = await start();
    await put('a');
    await expect(move('AWSCURRENT', 'a')).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(move('AWSCURRENT', 'a', 'z')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(move('AWSPENDING')).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  test('many puts at once leave exactly one current and one previous version', async () => {
    const { put, stages } = await start();
    const letters = 'abcdefghijklmnopqrst'.split('');
    await Promise.all(letters.map((letter) => put(letter)));
    expect(
      Object.values(await stages())
        .flat()
        .sort(),
    ).toEqual(['AWSCURRENT', 'AWSPREVIOUS']);
  });
});

describe('writing', () => {
  test('the same token and value again changes nothing, with another value it conflicts', async () => {
    const { put, stages } = await start();
    await put('a');
    await put('b');
    expect(await put('a')).toMatchObject({ VersionId: token('a'), VersionStages: ['AWSPREVIOUS'] });
    expect(await stages()).toEqual({ a: ['AWSPREVIOUS'], b: ['AWSCURRENT'] });
    await expect(put('a', undefined, 'other')).rejects.toMatchObject({ name: 'ResourceExistsException' });
  });

  test('values have 1 to 65536 bytes', async () => {
    const { put } = await start();
    await expect(put('a', undefined, '')).rejects.toMatchObject({ name: 'InvalidRequestException' });
    await put('b', undefined, 'x'.repeat(65_536));
    await expect(put('c', undefined, `${'x'.repeat(65_534)}样`)).rejects.toMatchObject({ name: 'ValidationException' });
  });

  test('there are at most 100 versions, of which day-old ones without a label make room', async () => {
    let now = 0;
    const { client } = await start({ now: () => now });
    const put = (index: number) =>
      client.send(
        new PutSecretValueCommand({
          SecretId: arn,
          SecretString: 'x',
          ClientRequestToken: `${index}`.padStart(32, '0'),
        }),
      );
    for (let index = 0; index < 100; index += 1) await put(index);
    await expect(put(100)).rejects.toMatchObject({ name: 'LimitExceededException' });
    now = 24 * 60 * 60 * 1000;
    await put(100);
    const { VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId: arn }));
    expect(new Set(Object.keys(VersionIdsToStages ?? {}).map(Number))).toEqual(new Set([99, 100]));
  });

  test('everything is in one file of its owner, and there after a restart', async () => {
    const { path, put } = await start();
    await put('a');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, 'utf8')).toContain('value a');
    expect(await (await start({ path })).get()).toBe('value a');
  });

  test('what the operator writes is put only when it differs', async () => {
    const { path, client } = await start({ values: { 'signet/ticket': 'one' } });
    const versions = async () =>
      (await client.send(new ListSecretVersionIdsCommand({ SecretId: arn, IncludeDeprecated: true }))).Versions?.length;
    expect(await versions()).toBe(1);
    const again = await start({ path, values: { 'signet/ticket': 'one' } });
    expect(Object.keys(await again.stages())).toHaveLength(1);
    expect(await (await start({ path, values: { 'signet/ticket': 'two' } })).get()).toBe('two');
    await expect(start({ path, values: { other: 'x' } })).rejects.toThrow('no secret other');
  });
});

describe('the protocol', () => {
  const post = async (endpoint: string, target: string | undefined, body: string, key = 'KEY') => {
    const response = await fetch(endpoint, {
      method: 'POST',
      body,
      headers: { authorization: `AWS4-HMAC-SHA256 Credential=${key}/x`, ...(target && { 'x-amz-target': target }) },
    });
    return [response.status, ((await response.json()) as { __type: string }).__type];
  };

  test('refuses unknown actions, foreign keys and unreadable bodies by name', async () => {
    const { endpoint } = await start();
    expect(await post(endpoint, undefined, '{}')).toEqual([400, 'UnknownOperationException']);
    expect(await post(endpoint, 'secretsmanager.DeleteSecret', '{}')).toEqual([400, 'UnknownOperationException']);
    expect(await post(endpoint, 'secretsmanager.GetSecretValue', '{}', 'OTHER')).toEqual([
      400,
      'UnrecognizedClientException',
    ]);
    expect(await post(endpoint, 'secretsmanager.GetSecretValue', '{')).toEqual([400, 'SerializationException']);
    expect(await post(endpoint, 'secretsmanager.GetSecretValue', '{}')).toEqual([400, 'InvalidParameterException']);
    expect(
      await post(
        endpoint,
        'secretsmanager.PutSecretValue',
        '{"SecretId":"signet/ticket","ClientRequestToken":"short"}',
      ),
    ).toEqual([400, 'InvalidParameterException']);
  });
});

test('generated secrets follow the template', async () => {
  const value = generatedValue({ PasswordLength: 64, ExcludePunctuation: true });
  expect(value).toMatch(/^[A-Za-z0-9]{64}$/);
  expect(generatedValue({ ExcludeCharacters: 'abc' })).not.toMatch(/[abc]/);
  expect(JSON.parse(generatedValue({ GenerateStringKey: 'key', SecretStringTemplate: '{"user":"u"}' }))).toEqual({
    user: 'u',
    key: expect.any(String),
  });
  const generated = await start({ secrets: [{ name: 'signet/ticket', arn, generate: { PasswordLength: 40 } }] });
  expect(await generated.get()).toHaveLength(40);
});
