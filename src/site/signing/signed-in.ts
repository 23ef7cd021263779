/** What a browser gets when somebody is signed in with it. */
import type { SessionRules, SignedIn } from '../../accounts/sessions.ts';
import type { Visit } from '../../http/route.ts';

/** The page after signing in, where no other was wanted. */
export const start = '/settings/~/authentication';

/** Sets the cookies of a sign-in. */
export function keepSignedIn(visit: Visit, { session, device }: SignedIn, rules: SessionRules): void {
  visit.setCookie({ name: 'session', value: session, life: rules.life });
  visit.setCookie({ name: 'halfway', value: null });
  visit.setCookie({ name: 'form', value: null });
  if (device !== undefined) visit.setCookie({ name: 'device', value: device, life: rules.deviceLife });
}
