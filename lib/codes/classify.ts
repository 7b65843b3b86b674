import { catalogue, type Group } from './catalogue.ts';
import { commonGroups, type Family, type FamilyRules, families } from './families.ts';
import type { Action, CodeClass, Outcome, ReasonEntry } from './reason-kinds.ts';
import { type Reason, reasons } from './reasons.ts';
import type { Billed, Row } from './row.ts';

export type { Action, Billed, CodeClass, Family, Outcome, Reason };

/** What an upstream code means in a family; `en` and `zh` are advice for the caller's front end. */
export interface Classified {
  class: CodeClass;
  /** null for success only. */
  reason: Reason | null;
  /** Present when, and only when, the class is negative. */
  outcome?: Outcome;
  action: Action;
  billed: Billed;
  en: string;
  zh: string;
  /** false: the catalogue does not know this code in this family. */
  listed: boolean;
}

/** How 400101 names a missing or misspelt parameter; without a name it means a refused ticket or signature. */
const namedParameter = /不合法请求\s*[:：]\s*[A-Za-z_][\w.-]*\s*$/;

const find = (groups: readonly Group[], code: string): { group: Group; row: Row } | undefined => {
  for (const group of groups) {
    const row = catalogue[group].find((candidate) => candidate.code === code);
    if (row) return { group, row };
  }
  return undefined;
};

// A negative answer that the family has no outcome for must not end an order as succeeded: a challenge that did could
// be taken over by its verify step. It is the data's fault where the caller can mend it.
const classIn = ({ outcomes }: FamilyRules, reason: ReasonEntry): CodeClass => {
  if (reason.class !== 'negative' || outcomes.includes(reason.outcome)) return reason.class;
  return reason.action === 'none' ? 'other' : 'input';
};

const refusals: readonly CodeClass[] = ['auth', 'config', 'rate'];

const billedIn = ({ billing }: FamilyRules, codeClass: CodeClass, found: ReturnType<typeof find>): Billed => {
  if (billing === 'free') return 'no';
  if (!found || codeClass === 'other') return 'unknown';
  if (billing === 'published') return found.row.billed;
  return refusals.includes(codeClass) && commonGroups.includes(found.group) ? 'no' : 'unknown';
};

/**
 * Says what a parsed upstream code means. Never throws and never guesses: an unlisted code is class `other`.
 *
 * @param code the upstream's code as a string
 * @param message the upstream's message, read for one purpose only: whether 400101 names a parameter
 */
export const classify = (family: Family, code: string, message = ''): Classified => {
  const rules: FamilyRules = families[family];
  const found = find([...rules.groups, ...commonGroups], code);
  const named = namedParameter.test(message) ? found?.row.named : undefined;
  const slug = named ?? found?.row.reason ?? 'unlisted';
  const reason: ReasonEntry = reasons[slug];
  const codeClass = classIn(rules, reason);
  return {
    class: codeClass,
    reason: codeClass === 'positive' ? null : slug,
    ...(codeClass === 'negative' && reason.class === 'negative' && { outcome: reason.outcome }),
    action: reason.action,
    billed: billedIn(rules, codeClass, found),
    en: reason.en,
    zh: reason.zh,
    listed: found !== undefined,
  };
};
