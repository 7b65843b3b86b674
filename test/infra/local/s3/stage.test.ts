import { join } from 'node:path';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, onTestFinished, test } from 'vitest';
import { bucketNames } from '../../../../infra/local/s3/template.ts';
import { startStage } from '../../../../infra/local/stage.ts';
import { apiResources, assemblyFrom, functionResource, temporaryFolder } from '../fixtures.ts';

const code = `exports.handler = async () => ({
  endpoint: process.env.AWS_ENDPOINT_URL_S3, bucket: process.env.BUCKET, host: process.env.HOST,
});`;

const template = {
  Resources: {
    Hello: functionResource('hello', 'code', {
      Environment: {
        Variables: { BUCKET: { Ref: 'Media' }, HOST: { 'Fn::GetAtt': ['Media', 'RegionalDomainName'] } },
      },
    }),
    Media: { Type: 'AWS::S3::Bucket' },
    MediaPolicy: { Type: 'AWS::S3::BucketPolicy', Properties: { Bucket: { Ref: 'Media' } } },
    ...apiResources('Hello'),
  },
};

test('a stage has the buckets of its template, and keeps their objects', async () => {
  const data = join(temporaryFolder(), 'data');
  const start = async () => {
    const stage = await startStage({
      assembly: assemblyFrom(template, { code: { 'index.cjs': code } }),
      data,
      port: 0,
    });
    const { objectsEndpoint: endpoint, region, credentials } = stage;
    const s3 = new S3Client({ endpoint, region, credentials });
    onTestFinished(async () => {
      s3.destroy();
      await stage.stop();
    });
    return { stage, s3 };
  };
  const object = { Bucket: 'sample-media', Key: 'k' };
  const first = await start();
  expect(first.stage.buckets).toEqual(['sample-media']);
  expect((await first.stage.invoke('hello', {})).payload).toEqual({
    endpoint: first.stage.objectsEndpoint,
    bucket: 'sample-media',
    host: 'sample-media.s3.cn-north-1.amazonaws.com.cn',
  });
  await first.s3.send(new PutObjectCommand({ ...object, Body: 'kept' }));
  await first.stage.stop();
  const second = await start();
  const { Body } = await second.s3.send(new GetObjectCommand(object));
  expect(await Body?.transformToString()).toBe('kept');
});

test('a bucket has the attributes of CloudFormation', () => {
  const { ref, attribute } = bucketNames('media', 'us-east-1');
  expect([ref, ...['Arn', 'DomainName', 'RegionalDomainName'].map((name) => attribute(name))]).toEqual([
    'media',
    'arn:aws:s3:::media',
    'media.s3.amazonaws.com',
    'media.s3.us-east-1.amazonaws.com',
  ]);
});
