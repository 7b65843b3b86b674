/** The calls around verifications: the start of one, and how it stands. */
import { type Problems, problemResponses } from './problems.ts';
import { json, orderNoSchema, ref, type Schema } from './schema.ts';
import { examplePlans, exampleStart, exampleVerification } from './verification-examples.ts';

/** The route that starts verifications. */
export const startRoute = 'POST /v1/verifications';
/** The route that shows one. */
export const showRoute = 'GET /v1/verifications/{verificationId}';

const answered = new Set([
  'malformed-json',
  'invalid-request',
  'unauthenticated',
  'forbidden',
  'not-acceptable',
  'rate-limited',
  'internal',
  'ledger-unavailable',
  'media-unavailable',
]);
const atStart = new Set([
  ...answered,
  'payload-too-large',
  'unsupported-media-type',
  'media-invalid',
  'media-used',
  'verification-payload-mismatch',
  'workflow-unavailable',
]);
const whenShown = new Set([...answered, 'not-found', 'result-expired']);

/** What starting a verification can answer, in the order of the table. */
export const startProblems = (problems: Problems): readonly string[] =>
  Object.keys(problems).filter((slug) => atStart.has(slug));

/** What showing a verification can answer, in the order of the table. */
export const showProblems = (problems: Problems): readonly string[] =>
  Object.keys(problems).filter((slug) => whenShown.has(slug));

/** The call that starts a verification. */
export const startCall = (problems: Problems): Schema => ({
  operationId: 'start-verification',
  summary: 'Start a verification: several checks of one person, and one decision',
  description:
    'The plan is sealed and run: consent first, documents side by side, face, liveness, then the decision. The same verificationId with the same plan answers how it stands and never buys again. Ask get-verification, or listen to the event `Signet Verification Completed`.',
  tags: ['verifications'],
  requestBody: { required: true, content: json(ref('VerificationPlan'), examplePlans) },
  responses: {
    202: {
      description: 'The verification was accepted, or had been before.',
      headers: { 'Idempotent-Replayed': { $ref: '#/components/headers/Idempotent-Replayed' } },
      content: json(ref('Verification'), { started: exampleStart }),
    },
    ...problemResponses(problems, startProblems(problems)),
  },
});

/** The call that shows a verification. */
export const showCall = (problems: Problems): Schema => ({
  operationId: 'get-verification',
  summary: 'Tell how a verification stands, and how it was decided',
  tags: ['verifications'],
  parameters: [
    {
      name: 'verificationId',
      in: 'path',
      required: true,
      description: 'Number of the verification.',
      schema: orderNoSchema,
    },
    {
      name: 'results',
      in: 'query',
      required: false,
      description:
        'Also show what the steps have read: for a day after the first verification of those that continue each other, then 410.',
      schema: { type: 'boolean' },
      example: true,
    },
  ],
  responses: {
    200: {
      description: 'The verification.',
      content: json(ref('Verification'), {
        completed: exampleVerification(false),
        withResults: exampleVerification(true),
      }),
    },
    ...problemResponses(problems, showProblems(problems)),
  },
});
