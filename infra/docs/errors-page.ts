/** docs/errors.md: every problem. */
import { rules } from '../../lib/http/rules.ts';
import type { Problems } from '../../lib/openapi/problems.ts';
import { code, page, table } from './markdown.ts';

function againWords({ status, retry: { sameOrder, afterSeconds } }: Problems[string]): string {
  const wait = afterSeconds === undefined ? '' : ` after ${afterSeconds} s`;
  if (!sameOrder) return wait ? `no; a new order${wait}` : 'no';
  if (wait) return `yes,${wait}`;
  return status < 500 ? 'once put right' : 'yes, a few times';
}

const retryWords = [
  `${code('same order again')} is ${code('retry')} in words. ${code('sameOrder')} says whether the order number (of a verification, its ${code('verificationId')}) may be used again, which never buys twice; it does not say that the request is right:\n`,
  `- ${code('yes, after …')}: send the same request again after ${code('afterSeconds')}.`,
  `- ${code('once put right')}: ${code('sameOrder')} without ${code('afterSeconds')}, and a 4xx. Unchanged, the request is refused again; put right, it may have the same number. Where ${code('errors')} says ${code('not-uploaded')} or ${code('running')}, putting right is to upload the file, or to wait for the decision. Where an earlier try has left a record (after a 5xx, or of a file that changed at the last moment), another request under its number is ${code('order-payload-mismatch')}: take a new one.`,
  `- ${code('yes, a few times')}: the same after a 5xx. The request may be sent again at once as it is; if that goes on, somebody must look.`,
  `- ${code('no')}: the number is of no more use. Whether a new order helps says the detail; it may cost again.`,
].join('\n');

/** The page. */
export const errorsPage = (problems: Problems): string =>
  page(
    '# Problems',
    `Every answer that is no result is ${code('application/problem+json')} (RFC 9457). Its ${code('type')} is ${code('urn:signet:problem:')} and the slug; ${code('title')} and ${code('detail')} are the same for every problem of a type and never repeat what was sent. ${code('billed')} says whether the order cost something: ${code('by code')} and ${code('by record')} are filled in where they are known, as ${code('yes')}, ${code('no')} or ${code('unknown')}.`,
    retryWords,
    table(
      Object.entries(problems).map(([slug, kind]) => ({
        status: String(kind.status),
        problem: code(slug),
        when: kind.when,
        billed: kind.billed,
        'same order again': againWords(kind),
        detail: kind.detail,
      })),
    ),
    '## Rules',
    `${code('errors')} names each member of the request that is wrong by JSON pointer, with one of these rules:`,
    table(Object.entries(rules).map(([rule, meaning]) => ({ rule: code(rule), 'what is wrong': meaning }))),
  );
