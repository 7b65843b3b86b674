/** docs/codes.md: what each upstream code means in each family of operations. */
import { catalogue } from '../../lib/codes/catalogue.ts';
import { commonGroups, type Family, families } from '../../lib/codes/families.ts';
import { reasons } from '../../lib/codes/reasons.ts';
import { sources } from '../../lib/codes/row.ts';
import { codesOf, type FamilyCode } from '../../lib/openapi/outcomes.ts';
import type { Operation } from '../../lib/operation.ts';
import { code, codes, page, table } from './markdown.ts';

const everyFamily = Object.keys(families) as Family[];

const isCommon = ({ group }: FamilyCode): boolean => commonGroups.includes(group);

const row = (entry: FamilyCode) => ({
  code: code(entry.code),
  class: entry.class,
  reason: entry.reason ?? '',
  outcome: entry.outcome ?? '',
  billed: entry.billed,
  en: entry.en,
  zh: entry.zh,
  source: entry.source.join(', '),
});

/** Families with the same codes of their own, meaning the same. */
function ownSections(operations: readonly Operation[]): readonly string[] {
  const own = (family: Family) => codesOf(family).filter((entry) => !isCommon(entry));
  const alike = Map.groupBy(everyFamily, (family) => JSON.stringify(own(family)));
  return [...alike.values()].flatMap((members) => {
    const entries = own(members[0]!);
    const users = operations.filter(({ family }) => members.includes(family)).map(({ name }) => name);
    const heading = [`## ${members.join(', ')}`, `Answered by ${codes(users)}.`];
    return [...heading, entries.length > 0 ? table(entries.map(row)) : 'No codes of its own.'];
  });
}

/** Common codes: one row for each meaning, with the families that give it. */
function commonTable(): string {
  const entries = everyFamily.flatMap((family) =>
    codesOf(family)
      .filter(isCommon)
      .map((entry) => ({ family, entry })),
  );
  const meanings = Map.groupBy(entries, ({ entry }) => JSON.stringify(entry));
  const byCode = Map.groupBy(meanings.values(), ([first]) => first!.entry.code);
  return table(
    [...byCode.values()].flat().map((members) => {
      const named = members.map(({ family }) => family);
      const { code: number, ...rest } = row(members[0]!.entry);
      return { code: number, families: named.length === everyFamily.length ? 'all' : named.join(', '), ...rest };
    }),
  );
}

/** Codes that mean something else when the upstream's message names a parameter. */
const namedSentences = (): readonly string[] =>
  commonGroups
    .flatMap((group) => catalogue[group])
    .flatMap(({ code: number, named }) =>
      named
        ? [`Where ${code(number)} names a parameter, it is class ${reasons[named].class}, reason ${code(named)}.`]
        : [],
    );

/** The page. */
export const codesPage = (operations: readonly Operation[]): string =>
  page(
    '# Upstream codes',
    `What an answer of the upstream means, by family of operations. A code that is not listed is class ${code('other')}, reason ${code('unlisted')}, billed ${code('unknown')}. The upstream's own texts are never passed on: ${code('en')} and ${code('zh')} are the advice that a problem carries as ${code('messageEn')} and ${code('messageZh')}.`,
    ...ownSections(operations),
    '## Every family',
    ['The codes of the front door.', ...namedSentences()].join(' '),
    commonTable(),
    '## Sources',
    table(Object.entries(sources).map(([name, text]) => ({ source: name, is: text }))),
  );
