/** What the functions of a stage are told of its decisions. */
import type { Policy } from '../lib/env.ts';
import type { Stage } from './stages.ts';

/** The policy of a stage. */
export const policyOf = (stage: Stage): Policy => ({
  similarity: stage.similarity,
  challengeMaxAge: stage.challengeMaxAge,
  isolateCallers: stage.isolateCallers,
  externalOrders: stage.externalOrders,
  notFoundProves: stage.notFoundProves,
  rates: stage.rates,
  ordersPerPerson: stage.ordersPerPerson,
  approval: stage.approval,
  decisionRetentionDays: stage.decisionRetentionDays,
});
