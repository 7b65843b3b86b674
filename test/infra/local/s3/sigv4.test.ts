import { describe, expect, test } from 'vitest';
import { sign, signingFor, signRequest } from '../../../../infra/local/s3/sigv4.ts';
import { postPolicyExample } from '../../../fixtures/aws-post-policy.ts';

describe('the examples of the S3 API Reference, "Signature Calculations"', () => {
  const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
  const date = '20130524T000000Z';
  const scope = '20130524/us-east-1/s3/aws4_request';
  const signing = signingFor(secret, scope, date);
  const host = 'examplebucket.s3.amazonaws.com';
  const nothing = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
  const common: [string, string][] = [
    ['x-amz-content-sha256', nothing],
    ['x-amz-date', date],
  ];

  test.each<[string, Parameters<typeof signRequest>[1], string]>([
    [
      'GET object',
      {
        method: 'GET',
        path: '/test.txt',
        query: [],
        headers: [['host', host], ['range', 'bytes=0-9'], ...common],
        payload: nothing,
      },
      'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    ],
    [
      'PUT object',
      {
        method: 'PUT',
        path: '/test$file.text',
        query: [],
        headers: [
          ['date', 'Fri, 24 May 2013 00:00:00 GMT'],
          ['host', host],
          ['x-amz-content-sha256', '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072'],
          ['x-amz-date', date],
          ['x-amz-storage-class', 'REDUCED_REDUNDANCY'],
        ],
        payload: '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
      },
      '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    ],
    [
      'GET bucket lifecycle',
      { method: 'GET', path: '/', query: [['lifecycle', '']], headers: [['host', host], ...common], payload: nothing },
      'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
    ],
    [
      'GET bucket, sorted query',
      {
        method: 'GET',
        path: '/',
        query: [
          ['prefix', 'J'],
          ['max-keys', '2'],
        ],
        headers: [['host', host], ...common],
        payload: nothing,
      },
      '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    ],
    [
      'presigned URL',
      {
        method: 'GET',
        path: '/test.txt',
        query: [
          ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
          ['X-Amz-Credential', `AKIAIOSFODNN7EXAMPLE/${scope}`],
          ['X-Amz-Date', date],
          ['X-Amz-Expires', '86400'],
          ['X-Amz-SignedHeaders', 'host'],
        ],
        headers: [['host', host]],
        payload: 'UNSIGNED-PAYLOAD',
      },
      'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
    ],
  ])('%s', (_name, parts, signature) => {
    expect(signRequest(signing, parts)).toBe(signature);
  });

  test('POST policy', () => {
    const { policy, signature } = postPolicyExample;
    const signing = signingFor(postPolicyExample.secret, '20151229/us-east-1/s3/aws4_request', '20151229T000000Z');
    expect(sign(signing, Buffer.from(policy).toString('base64'))).toBe(signature);
  });
});
