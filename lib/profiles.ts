/** Profiles: the host generations of the upstream (specification, section 2). A stage has one. */
import type { Operation, ProfileName } from './operation.ts';

/** What is the same for all operations of one host generation. */
export interface Profile {
  readonly name: ProfileName;
  /** Exact hosts. Credentials belong to this group of hosts and come from `idasc`. */
  readonly hosts: { readonly ida: string; readonly idasc: string };
  /** Wire name of the app id in POST bodies. */
  readonly appIdInBody: string;
  /** Wire name of the app id in GET queries, token and ticket calls included. */
  readonly appIdInQuery: string;
  /** Whether POST URLs carry `?orderNo=` ("to trace latency"). */
  readonly orderNoInUrl: boolean;
  /** Habits of its token answers that only the simulator needs: `expire_in` as number, a true `success`. */
  readonly tokenAnswer: { readonly expireIn: 'string' | 'number'; readonly success: boolean };
}

const oneHost = (host: string) => ({ ida: host, idasc: host });

/** Every profile. Other hosts are refused: some copies of the manual spell a host that belongs to another company. */
export const profiles: Readonly<Record<ProfileName, Profile>> = {
  webank: {
    name: 'webank',
    hosts: { ida: 'ida.webank.com', idasc: 'idasc.webank.com' },
    appIdInBody: 'webankAppId',
    appIdInQuery: 'app_id',
    orderNoInUrl: false,
    tokenAnswer: { expireIn: 'string', success: false },
  },
  tencentcloud: {
    name: 'tencentcloud',
    hosts: oneHost('miniprogram-kyc.tencentcloudapi.com'),
    appIdInBody: 'appId',
    appIdInQuery: 'app_id',
    orderNoInUrl: true,
    tokenAnswer: { expireIn: 'string', success: false },
  },
  kyc1: {
    name: 'kyc1',
    hosts: oneHost('kyc1.qcloud.com'),
    appIdInBody: 'appId',
    // The page says appId, recorded traffic app_id; both work (specification, section 12).
    appIdInQuery: 'app_id',
    orderNoInUrl: true,
    tokenAnswer: { expireIn: 'number', success: true },
  },
};

/** Every host Signet may speak to. */
export const allowedHosts: ReadonlySet<string> = new Set(
  Object.values(profiles).flatMap(({ hosts }) => Object.values(hosts)),
);

/** Wire names of the app id for one call: usually one, in checkauth two. */
export function appIdNames(operation: Operation, profile: Profile): readonly string[] {
  if (operation.upstream.startsWith('GET ')) return [profile.appIdInQuery];
  return operation.wire.appId?.[profile.name] ?? [profile.appIdInBody];
}

/** The origin an operation is sent to; `override` replaces every host (local stage and tests). */
export function originOf(operation: Operation, profile: Profile, override?: string): string {
  return override ?? `https://${profile.hosts[operation.wire.host ?? 'idasc']}`;
}
