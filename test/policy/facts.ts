import type { CredentialKind } from '../../src/policy/actor.ts';
import type { Facts, Mode, Standing } from '../../src/policy/decide.ts';

export const credentials: readonly CredentialKind[] = [
  'anonymous',
  'password',
  'session',
  'publish',
  'readonly',
  'automation',
  'granular',
  'browser',
  'halfway',
];
export const modes: readonly Mode[] = ['off', 'auth-only', 'auth-and-writes'];
const standings: readonly Standing[] = ['hidden', 'reader', 'writer', 'founder'];
const both = [false, true] as const;

/** A maintainer signed in with `npm login`, password proven, nothing special. */
export const maintainer: Facts = {
  credential: 'session',
  account: { mode: 'off', frozen: false },
  addressAllowed: true,
  tokenSuspended: false,
  tokenGuarded: false,
  covered: true,
  passwordProven: true,
  factorProven: false,
  factorFresh: false,
  passwordFresh: false,
  standing: 'writer',
  packageRule: { requiresFactor: false, bypassAllowed: true },
  hold: null,
  staff: false,
  registration: 'open',
  invited: false,
  anonymousRead: true,
};

const accounts: readonly Facts['account'][] = modes.flatMap((mode) =>
  both.map((frozen) => ({ mode, frozen })),
);
const rules = both.flatMap((requiresFactor) =>
  both.map((bypassAllowed) => ({ requiresFactor, bypassAllowed })),
);
const registrations = [
  { registration: 'open', invited: false },
  { registration: 'invite', invited: true },
  { registration: 'closed', invited: false },
] as const;

/** Only a session of the website has proved anything before. */
const never = [{ factorFresh: false, passwordFresh: false }];
const lately = both.flatMap((factorFresh) => both.map((passwordFresh) => ({ factorFresh, passwordFresh })));

/** Which of the states are looked at: each, or (mutation testing, docs/mutation-testing.md) each so-manieth, a prime. */
const stride = Number(process.env.LAWS_STRIDE ?? 1);

/** Every state that facts can be in, the factor not proven. Strangers have no account; everybody else has one. */
export function* everyFacts(): Generator<Facts> {
  let count = 0;
  for (const credential of credentials)
    for (const account of credential === 'anonymous' ? [null] : accounts)
      for (const addressAllowed of both)
        for (const tokenSuspended of both)
          for (const tokenGuarded of credential === 'session' ? both : [false])
            for (const covered of both)
              for (const passwordProven of both)
                for (const fresh of credential === 'browser' ? lately : never)
                  for (const standing of standings)
                    for (const staff of both)
                      for (const packageRule of rules)
                        for (const registration of registrations)
                          for (const anonymousRead of both) {
                            count += 1;
                            if (count % stride > 0) continue;
                            yield {
                              credential,
                              account,
                              addressAllowed,
                              tokenSuspended,
                              tokenGuarded,
                              covered,
                              passwordProven,
                              factorProven: false,
                              ...fresh,
                              standing,
                              hold: null,
                              staff,
                              packageRule,
                              ...registration,
                              anonymousRead,
                            };
                          }
}
