/** What must be true of the stages of one app before anything is synthesised from them. */
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { families } from '../lib/codes/families.ts';
import { profiles } from '../lib/profiles.ts';
import { checks } from '../lib/verifications/checks.ts';
import type { Stage } from './stages.ts';

/** A stage that cannot be deployed as it stands. The message names the stage, the value and what is allowed. */
export class StageError extends Error {
  override readonly name = 'StageError';
}

const isCount = (value: unknown) => Number.isInteger(value) && (value as number) > 0;
const strange = (limits: object) => Object.keys(limits).find((family) => !Object.hasOwn(families, family));

function limitFaults({ rates = {}, ordersPerPerson = {} }: Stage): readonly (string | false)[] {
  const family = strange(rates) ?? strange(ordersPerPerson);
  return [
    family !== undefined && `limits name family ${family}, which must be one of ${Object.keys(families).join(', ')}`,
    !Object.values(rates).every(({ perSecond, burst }) => perSecond > 0 && perSecond <= 1000 && isCount(burst)) &&
      'rates must have 0 < perSecond <= 1000 and a whole burst from 1 on',
    !Object.values(ordersPerPerson).every((limit) => isCount(limit) && limit <= 1000) &&
      'ordersPerPerson must be whole numbers from 1 to 1000',
  ];
}

function approvalFaults({ approval, decisionRetentionDays: days }: Stage): readonly (string | false)[] {
  const check = approval.requires.flat().find((name) => !Object.hasOwn(checks, name));
  const { review, decline } = approval.warnings;
  const warning = [...review, ...decline].find((slug) => !/^[a-z][a-z0-9-]*$/.test(slug));
  const both = review.find((slug) => decline.includes(slug));
  const { livenessScore = 1 } = approval;
  return [
    check !== undefined &&
      `approval.requires names check ${check}, which must be one of ${Object.keys(checks).join(', ')}`,
    !approval.requires.every((entry) => entry.length > 0) && 'approval.requires has a group without a check',
    warning !== undefined && `approval.warnings name ${warning}, which must be lower case letters, digits and -`,
    both !== undefined && `approval.warnings name ${both} under review and under decline`,
    !(0 < livenessScore && livenessScore <= 100) && 'approval.livenessScore must be 0 < score <= 100',
    !(isCount(days) && days >= 95 && days <= 3650) &&
      `decisionRetentionDays ${days} must be a whole number from 95 to 3650`,
  ];
}

const isMainland = (region: string) => region.startsWith('cn-');

function faultsOf(stage: Stage, stages: readonly Stage[]): readonly (string | false)[] {
  const { account, appId, appIdOwner, auth, dataResidency, logRetentionDays, profile, region, similarity } = stage;
  const owner = stages.find(({ name }) => name === appIdOwner);
  const strangeOrigin = stage.uploadOrigins?.find((origin) => !/^https:\/\/[a-z0-9.-]+(:\d+)?$/.test(origin));
  return [
    !/^[a-z][a-z0-9]{0,15}$/.test(stage.name) && 'its name must be 1 to 16 lower case letters and digits',
    !region && 'it has no region',
    dataResidency === undefined && "it has no dataResidency: say 'mainland' or 'exported'",
    dataResidency === 'mainland' &&
      !isMainland(region) &&
      `dataResidency 'mainland' contradicts region ${region}: choose a cn- region, or 'exported' once the export of personal data is lawful`,
    dataResidency === 'exported' &&
      isMainland(region) &&
      `dataResidency 'exported' contradicts region ${region}: data stays in the mainland there, say 'mainland'`,
    account !== undefined && !/^\d{12}$/.test(account) && `account ${account} must be 12 digits`,
    !Object.hasOwn(profiles, profile) && `profile ${profile} must be one of ${Object.keys(profiles).join(', ')}`,
    // A stand-in for the upstream has app ids of its own.
    stage.upstreamUrlParameter
      ? !/^[A-Za-z0-9_-]{1,32}$/.test(appId) && `appId ${appId} must be 1 to 32 letters, digits, _ and -`
      : !/^[A-Za-z0-9]{8}$/.test(appId) && `appId ${appId} must be 8 letters and digits`,
    !(0 < similarity.match && similarity.match <= similarity.approve && similarity.approve <= 100) &&
      'similarity must be 0 < match <= approve <= 100',
    ...limitFaults(stage),
    ...approvalFaults(stage),
    typeof auth === 'object' &&
      !/^arn:[a-z-]+:lambda:/.test(auth.authorizerArn) &&
      'auth.authorizerArn must be the ARN of a Lambda function',
    stage.tracing && isMainland(region) && `tracing is not available for Lambda in region ${region}`,
    (RetentionDays[logRetentionDays] === undefined || logRetentionDays === RetentionDays.INFINITE) &&
      `logRetentionDays ${logRetentionDays} must be a number that CloudWatch Logs knows, and logs must end`,
    stage.upstreamUrlParameter &&
      stage.retain &&
      'upstreamUrlParameter lets requests go to other hosts, which a stage that retains its data must not',
    appIdOwner !== undefined && owner === undefined && `appIdOwner ${appIdOwner} is not a stage`,
    owner !== undefined &&
      (owner.appId !== appId || owner.profile !== profile) &&
      `appIdOwner ${appIdOwner} has another appId or profile`,
    strangeOrigin !== undefined && `uploadOrigins names ${strangeOrigin}, which must be https://HOST`,
    owner?.appIdOwner !== undefined && `appIdOwner ${appIdOwner} does not own the app id itself`,
    owner !== undefined &&
      (owner.account !== account || owner.region !== region) &&
      `appIdOwner ${appIdOwner} is in another account or region, where its ticket cannot be read`,
  ];
}

/** Throws a {@link StageError} for the first stage that contradicts itself or another one. */
export function checkStages(stages: readonly Stage[]): void {
  const owners = new Map<string, string>();
  const names = new Set<string>();
  for (const stage of stages) {
    const fault = faultsOf(stage, stages).find((text) => text);
    if (fault) throw new StageError(`stage ${stage.name}: ${fault}`);
    if (names.has(stage.name)) throw new StageError(`stage ${stage.name} is there twice`);
    names.add(stage.name);
    if (stage.appIdOwner !== undefined) continue;
    const other = owners.get(stage.appId);
    if (other !== undefined) {
      throw new StageError(
        `stages ${other} and ${stage.name} both claim app id ${stage.appId}: each would kill the other's tickets. Give one its own app id, or set its appIdOwner`,
      );
    }
    owners.set(stage.appId, stage.name);
  }
}

/** The stage of that name. Throws a {@link StageError} that lists the choices when there is none. */
export function findStage(stages: readonly Stage[], name: string | undefined): Stage {
  const stage = stages.find((candidate) => candidate.name === name);
  if (stage) return stage;
  const choices = stages.map((candidate) => candidate.name).join(', ');
  throw new StageError(
    `${name === undefined ? 'no stage given' : `unknown stage ${name}`}: say --context stage=NAME, one of ${choices}`,
  );
}
