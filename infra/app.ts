/** The CDK app: `cdk deploy --context stage=dev`. One stage per run, one stack per stage. */
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { readLocalEnvironment } from '../lib/env.ts';
import { operations } from '../lib/operations/index.ts';
import { checkStages, findStage, StageError } from './check-stages.ts';
import { SignetStack } from './signet-stack.ts';
import { deployedStages, localStage } from './stages.ts';

const app = new App();
try {
  const stage = findStage([localStage(readLocalEnvironment()), ...deployedStages], app.node.tryGetContext('stage'));
  // The local stage is checked alone: it never meets the others, and may run with the app id of one of them.
  checkStages(deployedStages.includes(stage) ? deployedStages : [stage]);
  const dist = app.node.tryGetContext('dist') ?? join(import.meta.dirname, '..', 'dist');
  new SignetStack(app, { stage, operations, dist });
} catch (error) {
  if (!(error instanceof StageError)) throw error;
  console.error(error.message);
  process.exit(1);
}
