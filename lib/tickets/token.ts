/** The access token as its secret holds it. The refresher alone reads it, to go on where an earlier run ended (TKT-4). */

/** An access token with the facts that tell whether to go on with it. */
export interface AccessToken {
  readonly token: string;
  /** The generation that it was fetched for. */
  readonly generation: number;
  /** When it was received, in epoch milliseconds of our own clock. */
  readonly fetchedAt: number;
  /** Seconds it lives from then on. */
  readonly expireIn: number;
  /** Version of the app secret it was fetched with. */
  readonly appSecretVersion: string;
}

/** Reads an access token out of the secret's text; null for anything that is not one. */
export function parseToken(text: string | undefined): AccessToken | null {
  try {
    const { token, generation, fetchedAt, expireIn, appSecretVersion } = JSON.parse(text ?? '') as AccessToken;
    const whole = typeof token === 'string' && token !== '' && typeof appSecretVersion === 'string';
    if (!whole || ![generation, fetchedAt, expireIn].every(Number.isFinite)) return null;
    return { token, generation, fetchedAt, expireIn, appSecretVersion };
  } catch {
    return null;
  }
}
