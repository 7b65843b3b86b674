/** Stages as data: one stack each. A stage differs from another by the values here, never by a branch on its name. */
import type { Approval, LocalEnvironment, Policy } from '../lib/env.ts';
import type { ProfileName } from '../lib/operation.ts';

/** One deployment of Signet. */
export interface Stage {
  /** Lower case letters and digits; part of stack, function and secret names. */
  readonly name: string;
  /** AWS account, 12 digits. Left out: the account of whoever deploys. */
  readonly account?: string;
  /** AWS region. It decides where faces and ID numbers are processed, so it goes together with `dataResidency`. */
  readonly region: string;
  /**
   * Where personal data may be processed: `mainland` needs a region of mainland China. `exported` says that someone
   * has made sure that the export is lawful; there is no default.
   */
  readonly dataResidency: 'mainland' | 'exported';
  /** Host generation of the upstream. Credentials belong to one. */
  readonly profile: ProfileName;
  /** The upstream's id of this customer, 8 letters and digits. */
  readonly appId: string;
  /**
   * Stage that owns `appId`, when it is not this one. Each new access token kills the tickets of the one before, so
   * only the owner refreshes; this stage reads the owner's ticket. Both live in one account and region.
   */
  readonly appIdOwner?: string;
  /** Similarity in percent: below `match` a compared face is no match, from `approve` on nobody needs to look. */
  readonly similarity: { readonly match: number; readonly approve: number };
  /** Seconds for which the digits of a liveness challenge may be used. The upstream does not document its own limit. */
  readonly challengeMaxAge: number;
  /** Whether an order exists for the caller that created it only. */
  readonly isolateCallers: boolean;
  /** Whether result queries ask the upstream about orders that Signet has no record of. */
  readonly externalOrders: 'allow' | 'deny';
  /**
   * Operations for which the upstream has confirmed that its query knows every order, so that "not found" proves that
   * nothing was bought. Without an entry an `id-card-ocr` of unknown outcome that is not found ends as unresolved, and
   * so does a `bank-card-ocr` on a profile whose query has another host.
   */
  readonly notFoundProves?: Policy['notFoundProves'];
  /**
   * Calls per second that the upstream's contract allows, by family of operations (docs/codes.md names the families).
   * The functions keep to it together, through the table; without an entry there is no limit.
   */
  readonly rates?: Policy['rates'];
  /** Orders about one ID number in 24 hours, by family. The upstream's own limit for `face` is 5; without, none. */
  readonly ordersPerPerson?: Policy['ordersPerPerson'];
  /**
   * Checks that an approval needs: `consent`, `idCard`, `face`, `liveness`, `bankCard`, `driverLicense`,
   * `vehicleLicense`; of a list in the list, one. And which warnings about a document end in `review` or `decline`.
   * `livenessScore`, if given: the score, 0 to 100, below which a liveness match ends in `review`; the upstream publishes
   * no threshold.
   */
  readonly approval: Approval;
  /**
   * Days for which the record of a verification's decision is kept, 95 to 3650: not less than its orders, and than the name
   * of its execution. It holds no personal data.
   */
  readonly decisionRetentionDays: number;
  /**
   * Origins (`https://app.example.com`) whose web pages may upload staged media straight into the bucket, with a form
   * that their backend was granted. Without, only programs that are no browsers can.
   */
  readonly uploadOrigins?: readonly string[];
  /** Limit of the whole API: requests per second, and how many may come at once. AWS keeps it on best effort. */
  readonly throttle: { readonly rate: number; readonly burst: number };
  /** Who lets callers in: AWS identities (SigV4), or the team's own Lambda authorizer. */
  readonly auth: 'iam' | { readonly authorizerArn: string };
  /** X-Ray for functions and API. Lambda has none in mainland China. */
  readonly tracing: boolean;
  /** Days for which logs are kept; one of the numbers that CloudWatch Logs knows. */
  readonly logRetentionDays: number;
  /** Whether table, secrets, bucket and key outlive the stack, which is then protected from deletion as well. */
  readonly retain: boolean;
  /** Whether the upstream's hosts may be replaced by a CloudFormation parameter. For the stage that is never deployed. */
  readonly upstreamUrlParameter: boolean;
}

const common = {
  region: 'cn-north-1',
  dataResidency: 'mainland',
  similarity: { match: 70, approve: 80 },
  challengeMaxAge: 300,
  isolateCallers: true,
  externalOrders: 'deny',
  approval: {
    requires: ['consent', 'idCard', ['face', 'liveness']],
    warnings: {
      review: ['border-incomplete', 'photocopy', 'reshot', 'temporary-card', 'covered', 'glare', 'invalid-date'],
      decline: ['expired'],
    },
  },
  decisionRetentionDays: 1825,
  throttle: { rate: 10, burst: 20 },
  auth: 'iam',
  tracing: false,
  logRetentionDays: 30,
  retain: false,
  upstreamUrlParameter: false,
} as const satisfies Partial<Stage>;

/** The stages that are deployed. Replace the app ids, which are placeholders, by those of your contract. */
export const deployedStages: readonly Stage[] = [
  { ...common, name: 'dev', profile: 'tencentcloud', appId: 'TIDA0001' },
  { ...common, name: 'prod', profile: 'tencentcloud', appId: 'IDA00001', retain: true },
];

/** The stage that runs on one machine and is never deployed; whose credentials it uses is up to who starts it. */
export function localStage({ profile, appId }: Pick<LocalEnvironment, 'profile' | 'appId'>): Stage {
  return {
    ...common,
    name: 'local',
    // Checked by checkStages like any other value of a stage.
    profile: profile as ProfileName,
    appId,
    throttle: { rate: 1000, burst: 2000 },
    upstreamUrlParameter: true,
  };
}
