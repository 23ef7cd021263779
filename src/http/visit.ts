/** Who visits the website: sessions behind cookies, and the proof that a form is ours (requirements SE1, WE2). */
import type { IncomingMessage } from 'node:http';
import { recogniseSession, type StaffLives } from '../accounts/session-cookies.ts';
import { mintCookie } from '../accounts/sessions.ts';
import { countFactors } from '../factors/overview.ts';
import { fail } from '../kernel/failure.ts';
import type { Random } from '../kernel/ports.ts';
import { areEqualSecrets, hashSecret } from '../kernel/secrets.ts';
import type { Vault } from '../kernel/vault.ts';
import type { Actor } from '../policy/actor.ts';
import type { Store } from '../store/store.ts';
import type { ActorReader } from './actor.ts';
import { type CookieName, type CookieWish, readCookie, spellCookie } from './cookies.ts';

/** What stands around a request to the website. */
export interface Visit {
  /** What every form of the answer sends back (WE2). */
  readonly formToken: string;
  /** The account whose sign-in is halfway in this browser, as an actor that can do nothing but finish it; or null. */
  readonly halfway: Actor | null;
  /** The hash of the cookie of a browser whose sign-in waits for a mailed link, not yet looked up; or null. */
  readonly waiting: string | null;
  /** Whether the account that is signed in is staff, and whether it will be once it has a second factor (RN6). */
  readonly staff: boolean;
  readonly staffWaits: boolean;
  /** Fails with `form_expired` unless the fields came from a form of ours, sent by this browser (WE2). */
  checkForm(fields: Readonly<Record<string, string>>): void;
  /** Sets a cookie with the answer, whatever that is. */
  setCookie(wish: CookieWish): void;
}

/** A visit, and what is to be sent with its answer. */
export interface Arrival {
  readonly actor: Actor;
  readonly visit: Visit;
  /** `set-cookie` headers, known when the answer is. */
  cookies(): readonly string[];
}

export interface VisitReader {
  read(request: IncomingMessage, requestId: string): Promise<Arrival>;
}

/** Whether a browser says that the request began on a page of ours (WE2). */
function isOwnOrigin({ headers }: IncomingMessage, origin: string): boolean {
  if (headers.origin !== undefined && headers.origin !== 'null') return headers.origin === origin;
  return headers['sec-fetch-site'] === 'same-origin';
}

export function createVisitReader(told: {
  readonly store: Store;
  readonly actors: ActorReader;
  readonly random: Random;
  readonly publicUrl: string;
  readonly lives: StaffLives;
}): VisitReader {
  const { store, actors, random, lives } = told;
  const { origin, protocol } = new URL(told.publicUrl);
  const secure = protocol === 'https:';
  const hasFactor = (account: string): Promise<boolean> =>
    store.read(async (tx) => (await countFactors(tx, account)) > 0);
  // The vault stays the same for as long as the store is open.
  let vault: Vault | undefined;
  const tokenFor = async (binding: string): Promise<string> => {
    vault ??= await store.read(async (tx) => tx.vault);
    return vault.hmac('forms', binding).toString('base64url');
  };

  return {
    read: async (request, requestId) => {
      const cookie = (name: CookieName): string | null => readCookie(request.headers.cookie, name, secure);
      const wishes: CookieWish[] = [];
      const hashOf = (name: CookieName): string | null => {
        const value = cookie(name);
        return value === null ? null : hashSecret(value);
      };
      // A code comes in a form here, never in a header.
      const stranger: Actor = {
        ...actors.stranger(request, requestId),
        code: null,
        device: hashOf('device'),
      };
      const recognise = async (name: 'session' | 'halfway') => {
        const value = cookie(name);
        if (value === null) return undefined;
        const kind = name === 'session' ? 'whole' : 'halfway';
        const found = await recogniseSession(store, value, kind, { at: stranger.receivedAt, lives });
        if (!found) wishes.push({ name, value: null });
        return found;
      };
      const session = await recognise('session');
      const halfway = await recognise('halfway');

      let binding = session && `session ${session.id}`;
      if (binding === undefined) {
        const known = cookie('form');
        const value = known ?? mintCookie(random);
        if (known === null) wishes.push({ name: 'form', value });
        binding = `stranger ${value}`;
      }
      const formToken = await tokenFor(binding);
      const proves = session?.staff === true && (await hasFactor(session.account.id));
      const become = (
        credential: 'browser' | 'halfway',
        { id, account }: NonNullable<typeof session>,
      ): Actor => ({
        ...stranger,
        credential,
        account,
        session: id,
      });
      return {
        actor: session ? become('browser', session) : stranger,
        visit: {
          formToken,
          halfway: halfway ? become('halfway', halfway) : null,
          waiting: hashOf('waiting'),
          staff: proves,
          staffWaits: session?.staff === true && !proves,
          checkForm: ({ form = '' }) => {
            if (!isOwnOrigin(request, origin) || !areEqualSecrets(form, formToken)) fail('form_expired');
          },
          setCookie: (wish) => void wishes.push(wish),
        },
        // The last word on a cookie counts.
        cookies: () => [...new Map(wishes.map((wish) => [wish.name, spellCookie(wish, secure)])).values()],
      };
    },
  };
}
