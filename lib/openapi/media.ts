/** Staging a file: the call that grants an upload, and the schemas around it. */
import type { MediaType } from '../fields/limits.ts';
import { mediaIdPattern } from '../fields/request.ts';
import { largestFiles } from '../media/largest.ts';
import type { Operation } from '../operation.ts';
import { grantProblems } from './problem-use.ts';
import { type Problems, problemResponses } from './problems.ts';
import { grouped, profileNames, typeNames } from './request-schema.ts';
import { closedObject, json, openObject, type Properties, ref, type Schema, timeSchema } from './schema.ts';

/** The route. */
export const mediaRoute = 'POST /v1/media';

const mediaId: Schema = { type: 'string', pattern: mediaIdPattern.source };

/** The largest file of each type, in words: once where all profiles that take the type agree, else for each. */
function sizeWords(operations: readonly Operation[]): string {
  const largest = new Map(profileNames.map((name) => [name, largestFiles(operations, name)] as const));
  const types = Object.keys(typeNames) as MediaType[];
  return types
    .map((type) => {
      const taking = profileNames.filter((name) => largest.get(name)![type] !== undefined);
      const sizes = Map.groupBy(taking, (name) => largest.get(name)![type]!);
      const everywhere = sizes.size === 1 && taking.length === profileNames.length;
      const words = [...sizes].map(([size, of]) => `${grouped(size)}${everywhere ? '' : ` on ${of.join(' and ')}`}`);
      return `${typeNames[type]} ${words.join(', ')}`;
    })
    .join('; ');
}

/** Every type that some field takes on some profile. */
const typesOf = (operations: readonly Operation[]): readonly string[] => {
  const taken = new Set(profileNames.flatMap((name) => Object.keys(largestFiles(operations, name))));
  return Object.keys(typeNames).filter((type) => taken.has(type));
};

/** The schemas by their names. */
export function mediaSchemas(operations: readonly Operation[]): Properties {
  const sizes = profileNames.flatMap((name) => Object.values(largestFiles(operations, name)));
  return {
    StagedMedia: {
      ...closedObject({ mediaId }, ['mediaId']),
      description:
        'A file staged with create-media. It serves one order or one verification, and is deleted when that is over.',
    },
    CreateMediaRequest: closedObject(
      {
        contentType: { type: 'string', enum: typesOf(operations), description: 'What the file is.' },
        size: {
          type: 'integer',
          minimum: 1,
          maximum: Math.max(...sizes),
          description: `Bytes of the file, exactly. At most: ${sizeWords(operations)}. Fields may take less.`,
        },
      },
      ['contentType', 'size'],
    ),
    MediaGrant: openObject(
      {
        mediaId,
        upload: openObject(
          {
            url: { type: 'string', format: 'uri' },
            fields: {
              type: 'object',
              additionalProperties: { type: 'string' },
              description: 'Fields of the form. Send them as they are, and the file after them as `file`.',
            },
          },
          ['url', 'fields'],
        ),
        expiresAt: { ...timeSchema, description: 'When the upload must have begun.' },
      },
      ['mediaId', 'upload', 'expiresAt'],
    ),
  };
}

/** An example request. */
export const exampleMediaRequest = { contentType: 'image/jpeg', size: 22_645 };

/** The answer to it. */
export const exampleGrant = {
  mediaId: 'K7bQm2XvT9cLr4WzN8pYs3HdJ6fGa1Ve',
  upload: {
    url: 'https://signet-media.s3.eu-central-1.amazonaws.com/',
    fields: {
      key: 'uploads/K7bQm2XvT9cLr4WzN8pYs3HdJ6fGa1Ve',
      'Content-Type': 'image/jpeg',
      'x-amz-server-side-encryption': 'aws:kms',
      'x-amz-server-side-encryption-aws-kms-key-id': 'arn:aws:kms:eu-central-1:000000000000:key/demo',
      'x-amz-algorithm': 'AWS4-HMAC-SHA256',
      'x-amz-credential': 'AKIDEXAMPLE/20210621/eu-central-1/s3/aws4_request',
      'x-amz-date': '20210621T062227Z',
      Policy: 'eyJleHBpcmF0aW9uIjoi',
      'X-Amz-Signature': '0'.repeat(64),
    },
  },
  expiresAt: '2021-06-21T14:27:27+08:00',
};

/** The call. */
export const mediaCall = (problems: Problems): Schema => ({
  operationId: 'create-media',
  summary: 'Stage a file: grant its upload',
  description:
    'The answer is a form for one upload of exactly this type and size, as multipart/form-data with the file last, within five minutes. The mediaId then stands for the file in one order or one verification of the same caller, for a day.',
  tags: ['media'],
  requestBody: {
    required: true,
    content: json(ref('CreateMediaRequest'), { photo: exampleMediaRequest }),
  },
  responses: {
    200: { description: 'The grant.', content: json(ref('MediaGrant'), { photo: exampleGrant }) },
    ...problemResponses(problems, grantProblems(problems)),
  },
});
