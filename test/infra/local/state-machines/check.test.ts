import { describe, expect, test } from 'vitest';
import { checkStateMachine } from '../../../../infra/local/state-machines/check.ts';
import { functionArn, invoking, machineArn } from './fixture.ts';

const check = (definition: object): void =>
  checkStateMachine({ name: 'sample', arn: machineArn, definition: definition as Record<string, unknown> }, [
    functionArn('step'),
  ]);
const only = (state: object, more: object = {}): object => ({
  StartAt: 'Only',
  States: { Only: { ...state, End: true } },
  ...more,
});
const task = (Resource: string, Parameters: object = {}): object => ({ Type: 'Task', Resource, Parameters });
const pass = { Type: 'Pass' };

describe('what cannot be run is refused, by state', () => {
  test.each<[object, string]>([
    [only(pass, { QueryLanguage: 'JSONata' }), 'JSONata (state machine sample)'],
    [only({ ...pass, QueryLanguage: 'JSONata' }), 'JSONata (state machine sample, state Only)'],
    [only({ ...pass, Assign: { a: 1 } }), 'the field Assign'],
    [only({ ...pass, Output: 1 }), 'the field Output'],
    [only({ ...invoking('step'), Arguments: {} }), 'the field Arguments'],
    [only({ ...invoking('step'), HeartbeatSeconds: 5 }), 'the field HeartbeatSeconds'],
    [only(task('arn:aws-cn:states:::lambda:invoke.waitForTaskToken')), 'lambda:invoke.waitForTaskToken'],
    [only(task('arn:aws-cn:states:::sqs:sendMessage')), 'the resource arn:aws-cn:states:::sqs:sendMessage'],
    [only(task('arn:aws-cn:states:::aws-sdk:dynamodb:getItem')), 'aws-sdk:dynamodb:getItem'],
    [only(task('arn:aws-cn:states:cn-north-1:000000000000:activity:a')), 'activity:a'],
    [only(invoking('other')), `the function ${functionArn('other')}, which it lacks`],
    [only(task(functionArn('other'))), `the function ${functionArn('other')}, which it lacks`],
    [only(task('arn:aws:states:::lambda:invoke', {})), 'no FunctionName'],
    [
      only(task('arn:aws:states:::lambda:invoke', { FunctionName: functionArn('step'), InvocationType: 'Event' })),
      'the parameter InvocationType',
    ],
    [only({ ...pass, Parameters: { 'token.$': '$$.Task.Token' } }), 'the context $$.Task.Token'],
    [only({ ...pass, Parameters: { 'at.$': '$$.State.EnteredTime' } }), 'the context $$.State.EnteredTime'],
    [only({ ...pass, Parameters: { 'a.$': 'States.JsonToString($)' } }), 'the function States.JsonToString'],
    [only({ ...pass, ResultPath: "$['a']" }), "the ResultPath $['a']"],
    [only({ ...invoking('step'), Retry: [{ ErrorEquals: ['a'], JitterStrategy: 'SOME' }] }), 'the JitterStrategy SOME'],
    [
      only({ ...invoking('step'), Retry: [{ ErrorEquals: ['States.DataLimitExceeded'] }] }),
      'a Retry or Catch of States.DataLimitExceeded',
    ],
    [
      only({ Type: 'Map', ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED' }, ...only(pass) } }),
      'a distributed map',
    ],
    [
      only({
        Type: 'Parallel',
        Branches: [{ StartAt: 'In', States: { In: { ...task('arn:aws:states:::sns:publish'), End: true } } }],
      }),
      'sns:publish (state machine sample, state In)',
    ],
    [
      {
        StartAt: 'C',
        States: { C: { Type: 'Choice', Choices: [{ Variable: '$.a', StringMatches: '*', Next: 'C' }] } },
      },
      'StringMatches (state machine sample, state C)',
    ],
    [{ StartAt: 'A', States: { A: { ...pass, Next: 'B' } } }, 'The state machine sample is not valid'],
  ])('%j', (definition, message) => {
    expect(() => check(definition)).toThrow(message);
  });
});

test('what can be run is accepted and left as it is', () => {
  const definition = {
    Comment: 'costs $$5',
    StartAt: 'Step',
    States: {
      Step: invoking('step', { Retry: [{ ErrorEquals: ['a'], JitterStrategy: 'FULL' }], Next: 'Tell' }),
      Tell: { ...task('arn:aws-cn:states:::events:putEvents', { Entries: [] }), ResultPath: null, End: true },
    },
  };
  const before = structuredClone(definition);
  check(definition);
  expect(definition).toEqual(before);
});
