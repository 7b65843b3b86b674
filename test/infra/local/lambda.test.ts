import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createLambda, type Lambda, requestLimit } from '../../../infra/local/lambda.ts';
import type { FunctionModel } from '../../../infra/local/model.ts';
import { responseLimit } from '../../../infra/local/runtime-api.ts';
import { canMount, createSandbox, type SandboxMode } from '../../../infra/local/sandbox.ts';
import { functionFrom, temporaryFolder, writeFiles } from './fixtures.ts';

function run(
  lambda: FunctionModel,
  more: { mode?: SandboxMode; maxInstances?: number } = {},
): Lambda & { lines: string[] } {
  const lines: string[] = [];
  const runner = createLambda({
    functions: [lambda],
    region: 'cn-north-1',
    sandbox: createSandbox(temporaryFolder(), more.mode ?? 'mapped'),
    environment: { AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1' },
    log: (name, line) => lines.push(`${name}: ${line}`),
    maxInstances: more.maxInstances,
  });
  onTestFinished(() => runner.stop());
  return { ...runner, lines };
}

describe('the runtime', () => {
  test('hands over the event, the context and an environment without anything of ours', async () => {
    const lambda = run(
      functionFrom(
        `exports.handler = async (event, context) => {
           console.log('seen', context.awsRequestId);
           return { event, name: context.functionName, left: context.getRemainingTimeInMillis(), env: process.env };
         };`,
        { environment: { SIGNET_STAGE: 'local' }, memoryMegabytes: 256 },
      ),
    );
    const { payload } = await lambda.invoke('sample', { name: '样本' });
    const { event, name, left, env } = payload as {
      event: unknown;
      name: string;
      left: number;
      env: Record<string, string>;
    };
    expect(event).toEqual({ name: '样本' });
    expect(name).toBe('stack-sample');
    expect(left).toBeGreaterThan(5_000);
    expect(env).toMatchObject({
      SIGNET_STAGE: 'local',
      AWS_REGION: 'cn-north-1',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1',
      _HANDLER: 'index.handler',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    });
    expect(Object.keys(env)).not.toContain('HOME');
    await lambda.stop();
    expect(lambda.lines.join('\n')).toMatch(/^sample: \{.*"message":"seen [0-9a-f-]{36}"\}$/);
  });

  test('returns what the function threw, and goes on with the same process', async () => {
    const lambda = run(
      functionFrom(`exports.handler = async ({ fail }) => {
        if (fail) throw Object.assign(new Error('no'), { name: 'order-unresolved' });
        return process.pid;
      };`),
    );
    const first = await lambda.invoke('sample', {});
    expect(await lambda.invoke('stack-sample', { fail: true })).toMatchObject({
      functionError: { errorType: 'order-unresolved', errorMessage: 'no' },
    });
    expect(await lambda.invoke('sample', {})).toEqual(first);
  });

  test('reports a crash and starts anew', async () => {
    const lambda = run(
      functionFrom(`exports.handler = async ({ exit }) => exit === undefined ? 'fine' : process.exit(exit);`),
    );
    expect(await lambda.invoke('sample', { exit: 3 })).toMatchObject({
      functionError: { errorType: 'Runtime.ExitError', errorMessage: expect.stringContaining('exit status 3') },
    });
    expect(await lambda.invoke('sample', {})).toEqual({ payload: 'fine' });
  });

  test('reports a function that does not load', async () => {
    const lambda = run(functionFrom(`require('/opt/nodejs/nothing.cjs');`));
    const [one, two] = await Promise.all([lambda.invoke('sample', {}), lambda.invoke('sample', {})]);
    expect([one.functionError?.errorType, two.functionError?.errorType]).toEqual(
      Array(2).fill('Runtime.ImportModuleError'),
    );
  });

  test('kills a function that overstays its timeout', async () => {
    const lambda = run(
      functionFrom(`exports.handler = async ({ hang }) => { while (hang); return 'fine'; };`, { timeoutSeconds: 1 }),
    );
    expect(await lambda.invoke('sample', {})).toEqual({ payload: 'fine' });
    expect(await lambda.invoke('sample', { hang: true })).toMatchObject({
      functionError: {
        errorType: 'Sandbox.Timedout',
        errorMessage: expect.stringContaining('timed out after 1.00 seconds'),
      },
    });
    expect(await lambda.invoke('sample', {})).toEqual({ payload: 'fine' });
  });

  test('keeps to the limits of events and answers', async () => {
    const lambda = run(functionFrom(`exports.handler = async ({ size }) => 'x'.repeat(size - 2);`));
    expect(((await lambda.invoke('sample', { size: responseLimit })).payload as string).length).toBe(responseLimit - 2);
    expect(await lambda.invoke('sample', { size: responseLimit + 1 })).toMatchObject({
      functionError: { errorType: 'Function.ResponseSizeTooLarge' },
    });
    await expect(lambda.invoke('sample', 'x'.repeat(requestLimit - 1))).rejects.toMatchObject({
      name: 'RequestEntityTooLargeException',
    });
    await expect(lambda.invoke('other', {})).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

describe('the pool', () => {
  const oneAtATime = `let running = 0;
    exports.handler = async ({ ms }) => {
      console.log('begun');
      running += 1;
      await new Promise((resolve) => setTimeout(resolve, ms));
      const seen = running;
      running -= 1;
      return { seen, pid: process.pid };
    };`;

  test('runs one invocation per process at a time, in as many processes as allowed', async () => {
    const lambda = run(functionFrom(oneAtATime), { maxInstances: 2 });
    const results = await Promise.all(Array.from({ length: 6 }, () => lambda.invoke('sample', { ms: 20 })));
    const payloads = results.map(({ payload }) => payload as { seen: number; pid: number });
    expect(payloads.map(({ seen }) => seen)).toEqual(Array(6).fill(1));
    expect(new Set(payloads.map(({ pid }) => pid)).size).toBeLessThanOrEqual(2);
  });

  test('drops what waits when nobody waits for it any more, and refuses everything once stopped', async () => {
    const lambda = run(functionFrom(oneAtATime), { maxInstances: 1 });
    const abort = new AbortController();
    const running = lambda.invoke('sample', { ms: 50 });
    const waiting = lambda.invoke('sample', { ms: 0 }, abort.signal);
    abort.abort();
    expect(await waiting).toMatchObject({ functionError: { errorType: 'Signet.Abandoned' } });
    await vi.waitFor(() => expect(lambda.lines.join()).toContain('begun'));
    const stopped = lambda.stop(5_000);
    expect(await running).toMatchObject({ payload: { seen: 1 } });
    await stopped;
    expect(await lambda.invoke('sample', {})).toMatchObject({ functionError: { errorType: 'Signet.Stopped' } });
    await lambda.stop();
  });

  test('uses the process again that has just answered', async () => {
    const lambda = run(functionFrom(oneAtATime));
    const pids = new Set<number>();
    for (let count = 0; count < 5; count += 1) {
      pids.add(((await lambda.invoke('sample', { ms: 0 })).payload as { pid: number }).pid);
    }
    expect(pids.size).toBe(1);
  });

  test('leaves no process behind', async () => {
    const lambda = run(functionFrom(oneAtATime));
    const { pid } = (await lambda.invoke('sample', { ms: 0 })).payload as { pid: number };
    await lambda.stop();
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});

describe.each<SandboxMode>(['mapped', 'mounted'])('the layer, %s', (mode) => {
  const layers = () => [
    writeFiles(temporaryFolder(), {
      'nodejs/one.cjs': `exports.from = 'lower';`,
      'nodejs/two.mjs': `export const from = 'lower';`,
    }),
    writeFiles(temporaryFolder(), { 'nodejs/one.cjs': `exports.from = 'upper';` }),
  ];

  test('is found at /opt by require and import, later layers over earlier ones', async ({ skip }) => {
    if (mode === 'mounted') skip(!canMount(temporaryFolder()), 'this machine grants no mount namespaces');
    const lambda = run(
      functionFrom(
        `const { from } = require('/opt/nodejs/one.cjs');
         exports.handler = async () => ({ one: from, two: (await import('/opt/nodejs/two.mjs')).from, root: process.env.LAMBDA_TASK_ROOT, cwd: process.cwd() });`,
        { layerFolders: layers() },
      ),
      { mode },
    );
    const { payload, functionError } = await lambda.invoke('sample', {});
    expect(functionError).toBeUndefined();
    expect(payload).toMatchObject({ one: 'upper', two: 'lower' });
    const { root, cwd } = payload as { root: string; cwd: string };
    expect(cwd).toBe(root);
    expect(root === '/var/task').toBe(mode === 'mounted');
  });
});
