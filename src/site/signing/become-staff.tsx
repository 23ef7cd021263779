/** The link of the first start, opened by somebody who has an account already (RN6). */
import { acceptInvitation, findInvitation } from '../../accounts/invitations.ts';
import { countFactors } from '../../factors/overview.ts';
import type { Route } from '../../http/route.ts';
import { fail } from '../../kernel/failure.ts';
import { type FormView, form, goTo, type SiteSettings, self } from '../page.tsx';
import { Actions, Button, Form, HiddenField } from '../parts/form.tsx';
import { Link } from '../parts/link.tsx';
import { Page } from '../parts/page.tsx';
import { Proofs, Refusal } from '../proofs.tsx';
import { InvitationOverPage } from './invitations.tsx';

export const becomeStaffPath = '/signup/staff';

function BecomeStaffPage({ view }: { view: FormView<boolean> }) {
  const { context, values, data: isGood, failure, kinds, wanted } = view;
  if (!isGood && failure === undefined) return <InvitationOverPage context={context} />;
  return (
    <Page context={context} title="Become staff" width="narrow">
      <Refusal view={view} />
      <p>
        Your account <strong>{context.viewer?.name}</strong> becomes the first staff account of this registry:
        it sees all accounts and the audit log, invites, freezes and unfreezes.
      </p>
      {!(wanted.factor || kinds.app || kinds.keys) && (
        <p>Without two-factor authentication it can do none of that: you are asked to add it next.</p>
      )}
      <Form context={context} action={becomeStaffPath}>
        <HiddenField name="staff" value={values.staff ?? ''} />
        <Proofs view={view} />
        <Actions>
          <Button kind="primary">Become staff</Button>
          <Link context={context} href="/">
            Not now
          </Link>
        </Actions>
      </Form>
    </Page>
  );
}

/** The page and its button. */
export const becomeStaffRoutes = (settings: SiteSettings): readonly Route[] =>
  form<'account.becomeStaff', boolean, string, undefined, boolean>(settings, {
    path: becomeStaffPath,
    action: 'account.becomeStaff',
    target: self,
    seenAs: 'account.read',
    read: async (tx, { query }) => (await findInvitation(tx, query.staff ?? '')) === 'staff',
    show: (view) => <BecomeStaffPage view={view} />,
    wish: ({ staff }) => staff || fail('invitation_over'),
    run: async (tx, permit, secret) => {
      const { id } = permit.account ?? fail('session_ended');
      await acceptInvitation(tx, permit, { kind: 'staff', secret }, id);
      return (await countFactors(tx, id)) > 0;
    },
    done: (isStaff) => goTo(settings, isStaff ? '/staff/accounts' : '/settings/~/authentication'),
  });
