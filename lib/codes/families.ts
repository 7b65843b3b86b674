import type { Group } from './catalogue.ts';
import type { Outcome } from './reason-kinds.ts';

/**
 * How the codes of a family are charged: as `published` per code; `unpublished`, so that only a refusal at the front
 * door is surely free; or `free`, because the family only reads.
 */
export type Billing = 'published' | 'unpublished' | 'free';

/** What decides the meaning of a code in one family of operations. */
export interface FamilyRules {
  /** The groups of the catalogue that apply beside `commonGroups`, and before them. */
  groups: readonly Group[];
  /** The negative outcomes that the operations of the family can answer. */
  outcomes: readonly Outcome[];
  billing: Billing;
}

/** The groups that apply to every operation. */
export const commonGroups: readonly Group[] = ['gateway', 'transport', 'account', 'newer_front_uncertain'];

/** The families of operations that read codes alike. */
export const families = {
  face: {
    groups: ['face'],
    outcomes: ['no-match', 'not-live', 'refused', 'identity-mismatch', 'identity-not-found', 'no-reference'],
    billing: 'published',
  },
  challenge: { groups: ['face'], outcomes: [], billing: 'unpublished' },
  video: { groups: ['face'], outcomes: [], billing: 'unpublished' },
  consent: { groups: [], outcomes: [], billing: 'unpublished' },
  'consent-check': { groups: ['auth'], outcomes: ['not-authorized'], billing: 'free' },
  'id-card': { groups: ['idcard_ocr'], outcomes: [], billing: 'published' },
  'bank-card': { groups: ['bankcard_ocr'], outcomes: [], billing: 'published' },
  license: { groups: ['license_ocr'], outcomes: [], billing: 'published' },
  'id-card-query': { groups: ['query', 'idcard_ocr'], outcomes: ['not-found'], billing: 'free' },
  'bank-card-query': { groups: ['query', 'bankcard_ocr'], outcomes: ['not-found'], billing: 'free' },
  'license-query': { groups: ['query', 'license_ocr'], outcomes: ['not-found'], billing: 'free' },
} satisfies Record<string, FamilyRules>;

/** A family of operations: the same code means the same in all of them. */
export type Family = keyof typeof families;
