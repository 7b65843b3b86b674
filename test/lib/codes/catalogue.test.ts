import { describe, expect, it } from 'vitest';
import { catalogue, type Group } from '../../../lib/codes/catalogue.ts';
import { classify } from '../../../lib/codes/classify.ts';
import { commonGroups, type Family, families } from '../../../lib/codes/families.ts';
import { reasons } from '../../../lib/codes/reasons.ts';
import { type Row, sources } from '../../../lib/codes/row.ts';
import { homeOf, upstreamCodes } from './upstream-codes.ts';

const rows: [Group, Row][] = Object.entries(catalogue).flatMap(([group, list]) =>
  list.map((row): [Group, Row] => [group as Group, row]),
);
const everyFamily = Object.keys(families) as Family[];

describe('the catalogue against the published list', () => {
  it('holds exactly the published codes, each once in its group', () => {
    // 66660020 is published with the ID-card codes, but answers queries only.
    const published = upstreamCodes.map(({ code, group }) => `${code === '66660020' ? 'query' : group} ${code}`);
    expect(rows.map(([group, { code }]) => `${group} ${code}`).sort()).toEqual(published.sort());
    expect(new Set(published).size).toBe(rows.length);
  });

  it.each(upstreamCodes)('lists $code of $group in a family', (row) => {
    expect(classify(homeOf(row), row.code).listed).toBe(true);
  });

  it('names the published sources', () => {
    for (const { code, group, source } of upstreamCodes) {
      const row = rows.find(([ours, candidate]) => (ours === group || code === '66660020') && candidate.code === code);
      const named = source.split(/;\s*/).filter((name) => name in sources);
      expect(row?.[1].source, `${group} ${code}`).toEqual(expect.arrayContaining(named));
    }
  });

  it('treats as a refused ticket exactly what the list marks so', () => {
    for (const row of upstreamCodes.filter(({ group }) => group !== 'newer_front_uncertain')) {
      expect(classify(homeOf(row), row.code).class === 'auth', row.code).toBe(row.ticketInvalid);
    }
  });

  it('bills exactly what the list marks as chargeable', () => {
    const bought = upstreamCodes.filter((row) => families[homeOf(row)].billing === 'published');
    for (const row of bought) {
      expect(classify(homeOf(row), row.code).billed === 'yes', `${row.group} ${row.code}`).toBe(row.chargeable);
    }
  });
});

describe('the groups', () => {
  it('apply to every operation or to the families that name them', () => {
    const named = everyFamily.flatMap((family): readonly Group[] => families[family].groups);
    expect(new Set([...commonGroups, ...named])).toEqual(new Set(Object.keys(catalogue)));
  });

  it('never trust the codes that one client alone has seen', () => {
    for (const { code } of catalogue.newer_front_uncertain) {
      for (const family of everyFamily) {
        expect(classify(family, code), code).toMatchObject({ class: 'other', reason: 'unproven', listed: true });
      }
    }
  });
});

describe('the reasons', () => {
  it('are each given by a code', () => {
    const given = new Set(rows.flatMap(([, { reason, named }]) => [reason, named]));
    expect(Object.keys(reasons).filter((slug) => slug !== 'unlisted' && !given.has(slug as Row['reason']))).toEqual([]);
  });

  it.each(Object.entries(reasons))('%s has a slug, and advice in both languages', (slug, { en, zh }) => {
    expect(slug).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(en).toMatch(/^[A-Z][\x20-\x7e]+\.$/);
    expect(zh).toMatch(/\p{Script=Han}.*。$/u);
  });

  it('say nothing twice', () => {
    const said = Object.values(reasons).flatMap(({ en, zh }) => [en, zh]);
    expect(new Set(said).size).toBe(said.length);
  });

  it('have an outcome where, and only where, they are negative', () => {
    for (const [slug, reason] of Object.entries(reasons)) {
      expect('outcome' in reason, slug).toBe(reason.class === 'negative');
    }
  });
});
