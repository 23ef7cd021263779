/** Links with which somebody comes to the sign-up page. */
import type { PresentedInvitation } from '../../accounts/invitations.ts';
import type { PageContext } from '../parts/context.ts';
import { Link } from '../parts/link.tsx';
import { Page } from '../parts/page.tsx';

/** The link in the address or in the hidden field of a form: `?invite=…`, `?staff=…`. */
export function invitationIn(
  values: Readonly<Record<string, string | undefined>>,
): (PresentedInvitation & { readonly field: 'invite' | 'staff' }) | undefined {
  if (values.staff) return { kind: 'staff', field: 'staff', secret: values.staff };
  return values.invite ? { kind: 'account', field: 'invite', secret: values.invite } : undefined;
}

/** A link that opens nothing, whatever the reason is. */
export function InvitationOverPage({ context }: { readonly context: PageContext }) {
  return (
    <Page context={context} title="This link is over" width="narrow">
      <p>
        It was used already, its time is over, or it is not whole. Ask the people who gave it to you for
        another.
      </p>
      <p>
        <Link context={context} href="/signup">
          Sign up without it
        </Link>{' '}
        or{' '}
        <Link context={context} href="/login">
          sign in
        </Link>
        .
      </p>
    </Page>
  );
}
