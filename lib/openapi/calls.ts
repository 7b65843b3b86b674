/** The calls of the document: one for each operation, and the look-up of orders. */
import { type Operation, verbAndPath } from '../operation.ts';
import { exampleAnswer, exampleOrder, exampleRequests } from './examples.ts';
import { lookUpProblems, problemsOf } from './problem-use.ts';
import { type Problems, problemResponses } from './problems.ts';
import { requestParameters } from './request-schema.ts';
import { componentName, json, orderNoSchema, ref, type Schema } from './schema.ts';

/** `some` of `/v1/some/call`. */
export const tagOf = (path: string): string => path.split('/')[2]!;

/** The call of an operation. */
export function callOf(operation: Operation, problems: Problems): Schema {
  const { method, path } = verbAndPath(operation.route);
  const component = (part: string) => ref(componentName(operation.name, part));
  const input =
    method === 'GET'
      ? { parameters: requestParameters(operation) }
      : { requestBody: { required: true, content: json(component('Request'), exampleRequests(operation)) } };
  const replayed = { 'Idempotent-Replayed': { $ref: '#/components/headers/Idempotent-Replayed' } };
  return {
    operationId: operation.name,
    summary: operation.summary,
    tags: [tagOf(path)],
    ...input,
    responses: {
      200: {
        description: 'A definite business result, also a negative one.',
        ...(operation.creates ? { headers: replayed } : {}),
        content: json(component('Answer'), { complete: exampleAnswer(operation) }),
      },
      ...problemResponses(problems, problemsOf(operation, problems)),
    },
  };
}

/** The look-up of an order. */
export const lookUp = (problems: Problems, buying: Operation): Schema => ({
  operationId: 'get-order',
  summary: 'Tell what is known about an order',
  tags: ['orders'],
  parameters: [
    { name: 'orderNo', in: 'path', required: true, description: 'Number of the order.', schema: orderNoSchema },
  ],
  responses: {
    200: { description: 'The order.', content: json(ref('Order'), { ended: exampleOrder(buying) }) },
    ...problemResponses(problems, lookUpProblems),
  },
});
