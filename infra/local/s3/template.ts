import type { Json, Physical } from '../intrinsics.ts';
import type { BucketModel, Found } from '../model.ts';

/** What a bucket is called. Throws on a name that S3 does not take. */
export function bucketNames(name: string, region: string): Physical {
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)) throw new Error(`${name} cannot be the name of a bucket.`);
  const [partition, suffix] = region.startsWith('cn-') ? ['aws-cn', 'amazonaws.com.cn'] : ['aws', 'amazonaws.com'];
  const attributes: Record<string, string> = {
    Arn: `arn:${partition}:s3:::${name}`,
    DomainName: `${name}.s3.${suffix}`,
    RegionalDomainName: `${name}.s3.${region}.${suffix}`,
  };
  return { ref: name, attribute: (attribute) => attributes[attribute] ?? `${name}.${attribute}` };
}

/** Reads a bucket. Throws on versions, and on rules that expire only a part of it or at a date. */
export function bucketModel({ logicalId, properties, physical }: Found): BucketModel {
  const lifecycle = (properties.LifecycleConfiguration ?? {}) as { Rules?: Json[] };
  const rules = (lifecycle.Rules ?? []).filter(({ Status }) => Status === 'Enabled');
  const partial = ['Prefix', 'TagFilters', 'ObjectSizeGreaterThan', 'ObjectSizeLessThan', 'ExpirationDate'];
  const expiring = rules.filter((rule) => rule.ExpirationInDays !== undefined || rule.ExpirationDate !== undefined);
  if (expiring.some((rule) => partial.some((property) => (rule[property] ?? '') !== ''))) {
    throw new Error(`The local stage expires buckets as a whole only (${logicalId}).`);
  }
  if ((properties.VersioningConfiguration as Json | undefined)?.Status === 'Enabled') {
    throw new Error(`The local stage keeps no versions of objects (${logicalId}).`);
  }
  const days = expiring.map((rule) => Number(rule.ExpirationInDays));
  return {
    name: physical.ref,
    arn: physical.attribute('Arn'),
    expirationDays: days.length > 0 ? Math.min(...days) : undefined,
  };
}
