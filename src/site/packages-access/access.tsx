/** Who may read and change a package, and with how many factors (contract.md, packages; requirements OG6). */

import { readSecondFactor } from '../../factors/enrol.ts';
import type { Asked, Route } from '../../http/route.ts';
import { fail } from '../../kernel/failure.ts';
import { setFactorRule, setVisibility } from '../../packages/curate.ts';
import { readAccess } from '../../packages/inspect.ts';
import type { Target } from '../../policy/actor.ts';
import { form, type SiteAsked, type SiteSettings } from '../page.tsx';
import type { PageContext } from '../parts/context.ts';
import { Actions, Button, Form, HiddenField } from '../parts/form.tsx';
import { LinkButton } from '../parts/link.tsx';
import { Notice } from '../parts/notices.tsx';
import { Proofs, Refusal } from '../proofs.tsx';
import { type AccessFacts, AccessPage, PackageFrame, readAccessFacts } from './access-page.tsx';
import { accessPath, type FactorRule, ruleIn, wishFor } from './words.ts';

/** What the pages about the access of packages need of the application. */
export interface AccessParts {
  readonly settings: SiteSettings;
  /** Is told the name of a package that changed. */
  readonly forget: (name: string) => void;
}

export const packageIn = ({ params }: Asked<unknown>): string => params.package ?? '';
export const packageTarget = (asked: Asked<unknown>): Target => ({ on: 'package', name: packageIn(asked) });

interface Seen extends AccessFacts {
  readonly unprotected: boolean;
}

type Tx = Parameters<typeof readAccess>[0];

async function readSeen(tx: Tx, asked: SiteAsked): Promise<Seen> {
  const { id } = asked.actor.account ?? fail('credential_missing');
  const factor = await readSecondFactor(tx, id);
  return {
    ...(await readAccessFacts(tx, packageIn(asked))),
    unprotected: factor === null || factor.pending,
  };
}

const frameOf = (seen: Seen, asked: SiteAsked, context: PageContext) => ({
  ...seen,
  context,
  name: packageIn(asked),
  own: asked.actor.account?.name ?? '',
});

const ruleRoutes = ({ settings, forget }: AccessParts): readonly Route[] =>
  form<'package.require2fa', Seen, FactorRule, undefined, Seen>(settings, {
    path: '/package/:package/access',
    action: 'package.require2fa',
    target: packageTarget,
    seenAs: 'package.read',
    read: readSeen,
    show: (view) => (
      <AccessPage
        view={{
          ...frameOf(view.data, view.asked, view.context),
          chosen: view.values.mfa,
          failure: view.failure,
          proofs: <Proofs view={view} />,
        }}
      />
    ),
    wish: ruleIn,
    run: async (tx, permit, rule, _prepared, asked) => {
      await setFactorRule(tx, permit, wishFor[rule], forget);
      return readSeen(tx, asked);
    },
    done: (seen, asked, context) => (
      <AccessPage
        view={{
          ...frameOf(seen, asked, context),
          done: <Notice kind="success" title="The rule holds from the next publish on" />,
        }}
      />
    ),
  });

const other = { public: 'restricted', restricted: 'public' } as const;
type Visibility = keyof typeof other;

const meaning: Readonly<Record<Visibility, string>> = {
  public: 'Everybody who may read this registry will find and install it, with all of its versions.',
  restricted:
    'Nobody but its maintainers and its scope will find and install it. Who installs it now without being one of them ' +
    'cannot any more.',
};

const isVisibility = (text: string | undefined): text is Visibility =>
  text === 'public' || text === 'restricted';

const visibilityRoutes = ({ settings, forget }: AccessParts): readonly Route[] =>
  form<'package.access', Visibility, Visibility, undefined, Seen>(settings, {
    path: '/package/:package/access/visibility',
    action: 'package.access',
    target: packageTarget,
    seenAs: 'package.read',
    read: async (tx, asked) => other[(await readAccess(tx, packageIn(asked))).visibility],
    show: (view) => {
      const { context, data: wanted, asked } = view;
      const name = packageIn(asked);
      return (
        <PackageFrame context={context} name={name} title={`Make ${wanted}`}>
          <Refusal view={view} />
          <p>{meaning[wanted]}</p>
          <Form context={context} action={accessPath(name, '/visibility')} label={`Make ${wanted}`}>
            <HiddenField name="visibility" value={wanted} />
            <Proofs view={view} />
            <Actions>
              <Button kind={wanted === 'public' ? 'danger' : 'primary'}>Make {wanted}</Button>
              <LinkButton context={context} href={accessPath(name)} kind="quiet">
                Cancel
              </LinkButton>
            </Actions>
          </Form>
        </PackageFrame>
      );
    },
    wish: ({ visibility }) =>
      isVisibility(visibility)
        ? visibility
        : fail('request_invalid', { reason: 'Choose public or restricted.' }),
    run: async (tx, permit, wanted, _prepared, asked) => {
      await setVisibility(tx, permit, wanted, forget);
      return readSeen(tx, asked);
    },
    done: (seen, asked, context, wanted) => (
      <AccessPage
        view={{
          ...frameOf(seen, asked, context),
          done: <Notice kind="success" title={`The package is ${wanted} now`} />,
        }}
      />
    ),
  });

/** The page of a package's access, and changing who may read it. */
export const accessPages = (parts: AccessParts): readonly Route[] => [
  ...ruleRoutes(parts),
  ...visibilityRoutes(parts),
];
