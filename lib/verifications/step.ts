/** The words in which checks and steps of a verification are declared. */
import type { Operation, RequestFields } from '../operation.ts';

/** The checks of a plan. */
export type CheckName = 'consent' | 'idCard' | 'face' | 'liveness' | 'bankCard' | 'driverLicense' | 'vehicleLicense';

/** The steps of the state machine. */
export type StepName =
  | 'consent-record'
  | 'consent-check'
  | 'id-card-portrait'
  | 'id-card-emblem'
  | 'bank-card'
  | 'driver-license'
  | 'vehicle-license-main'
  | 'vehicle-license-supplementary'
  | 'face'
  | 'face-fallback'
  | 'liveness';

/** When a step runs: phases one after the other, the documents side by side, everything else one after the other. */
export type Phase = 'consent' | 'documents' | 'face' | 'liveness';

/** What a plan says about the person. */
export type SubjectField = 'name' | 'idNo' | 'userId';

/** One check of a plan. Media fields are `{ mediaId }` here. */
export interface Check {
  readonly meaning: string;
  readonly fields: RequestFields;
  /** Rules between the fields, as for a request: any of these sets must be complete; a field needs another. */
  readonly needs?: Operation['needs'];
  /** What must be known of the person: any of these sets; `fromCard`: the portrait side of an ID card will do. */
  readonly subject?: { readonly oneOf: readonly (readonly SubjectField[])[]; readonly fromCard: boolean };
}

/** What the result of a step is judged by; the texts name fields of its operation's result. */
export type Judged =
  /** A consent; where the answer names its person, that must be the subject. */
  | { readonly as: 'consent'; readonly name?: string; readonly idNo?: string }
  /** A comparison of faces; `livenessScore` holds how alive one of them is. */
  | { readonly as: 'face'; readonly livenessScore?: string }
  /** A document that was read. */
  | {
      readonly as: 'document';
      /** The group that holds the fields; left out: they are the result's own. */
      readonly group?: string;
      /** Must be the subject's name. */
      readonly name?: string;
      /** Must be the subject's ID number. */
      readonly idNo?: string;
      /** Should be the subject's name. */
      readonly owner?: string;
      /** Must be legible; nothing to compare it with. */
      readonly number?: string;
      /** First day of validity, `YYYY-MM-DD`. */
      readonly from?: string;
      /**
       * Last day `YYYY-MM-DD` or month `YYYY-MM` of validity; `openEnd` is true where there is none, and
       * `mayBeMissing` where many documents show none.
       */
      readonly until?: { readonly field: string; readonly openEnd?: string; readonly mayBeMissing?: true };
      /** The step that reads the other side, without which the document is not whole. */
      readonly otherSide?: StepName;
      /** Name and number are the subject's where the plan names none. */
      readonly isSubject?: true;
    };

/** One step of a verification. */
export interface Step {
  readonly name: StepName;
  readonly check: CheckName;
  readonly phase: Phase;
  readonly operation: Operation;
  /** The field of the check that plans the step by being there, or by not being there. */
  readonly plannedBy: { readonly given: string } | { readonly missing: string };
  /** Runs only when an earlier step of its check has ended with this outcome. */
  readonly after?: { readonly step: StepName; readonly outcome: string };
  /** Values that it always sends. */
  readonly constants?: Readonly<Record<string, string>>;
  /** Constants that go without saying on a profile that does not have the field. Without the others it cannot run. */
  readonly assumed?: readonly string[];
  /** Fields of its request by the fields of the check that they are taken from, where given. */
  readonly fields: Readonly<Record<string, string>>;
  /** Fields that it takes from the subject, as far as they are known. */
  readonly subject: readonly SubjectField[];
  readonly judged: Judged;
}
