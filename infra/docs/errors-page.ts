/** docs/errors.md: every problem. */
import type { Problems } from '../../lib/openapi/problems.ts';
import { code, page, table } from './markdown.ts';

function againWords({ sameOrder, afterSeconds }: Problems[string]['retry']): string {
  const wait = afterSeconds === undefined ? '' : ` after ${afterSeconds} s`;
  if (sameOrder) return `yes${wait && `,${wait}`}`;
  return wait ? `no; a new order${wait}` : 'no';
}

/** The page. */
export const errorsPage = (problems: Problems): string =>
  page(
    '# Problems',
    `Every answer that is no result is ${code('application/problem+json')} (RFC 9457). Its ${code('type')} is ${code('urn:signet:problem:')} and the slug; ${code('title')} and ${code('detail')} are the same for every problem of a type and never repeat what was sent. ${code('billed')} says whether the order cost something: ${code('by code')} and ${code('by record')} are filled in where they are known, as ${code('yes')}, ${code('no')} or ${code('unknown')}. Sending the same order again never buys twice.`,
    table(
      Object.entries(problems).map(([slug, { status, when, billed, retry, detail }]) => ({
        status: String(status),
        problem: code(slug),
        when,
        billed,
        'same order again': againWords(retry),
        detail,
      })),
    ),
  );
