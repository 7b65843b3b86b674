/** Keys of the items that count. They cannot be order numbers. */

/** Key of the rate of a family of operations. */
export const rateKey = (appId: string, family: string): string => `rate#${appId}#${family}`;

/** Key of a person: the keyed HMAC of the ID number, which is all that is known of the person here. */
export const personKey = (family: string, subject: string): string => `person#${family}#${subject}`;
