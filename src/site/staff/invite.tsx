/** `/staff/invite`: a link that lets one person sign up where the operator takes people by invitation. */
import { type Invitation, type InvitationWish, invite } from '../../accounts/invitations.ts';
import type { Route } from '../../http/route.ts';
import { fail } from '../../kernel/failure.ts';
import { type FormView, form, type SiteSettings, site } from '../page.tsx';
import type { PageContext } from '../parts/context.ts';
import { CopyLine } from '../parts/copy.tsx';
import { TextField } from '../parts/fields.tsx';
import { Actions, Button, Form } from '../parts/form.tsx';
import { Link, LinkButton } from '../parts/link.tsx';
import { Notice } from '../parts/notices.tsx';
import { Time } from '../parts/time.tsx';
import { Proofs, Refusal } from '../proofs.tsx';
import { accountsPath, type Registration } from './accounts.tsx';
import { StaffPage } from './parts.tsx';

const path = '/staff/invite';

const notOffered: Readonly<Record<Exclude<Registration, 'invite'>, string>> = {
  open: 'Everybody may sign up here: nobody needs an invitation.',
  closed: 'The operator alone makes accounts here (tallystick admin user create).',
};

function InvitePage({ view, registration }: { view: FormView<undefined>; registration: Registration }) {
  const { context, values } = view;
  if (registration !== 'invite')
    return (
      <StaffPage context={context} section="accounts" title="Invite">
        <p>{notOffered[registration]}</p>
      </StaffPage>
    );
  return (
    <StaffPage context={context} section="accounts" title="Invite">
      <Refusal view={view} />
      <p>Whoever opens the link first can make one account with it, within seven days.</p>
      <Form context={context} action={path} label="Invite">
        <TextField
          label="Email"
          name="email"
          type="email"
          value={values.email}
          help="The link is mailed there. Leave it empty to hand the link over yourself."
          exact
        />
        <Proofs view={view} />
        <Actions>
          <Button kind="primary">Invite</Button>
          <LinkButton context={context} href={accountsPath} kind="quiet">
            Cancel
          </LinkButton>
        </Actions>
      </Form>
    </StaffPage>
  );
}

function InvitedPage(props: { context: PageContext; made: Invitation; email: string | null; now: number }) {
  const { context, made, email } = props;
  return (
    <StaffPage
      context={context}
      section="accounts"
      title="Invitation"
      notice={
        <Notice kind="success" title="The link is made">
          <p>It is shown this once{email !== null && `, and was mailed to ${email}`}.</p>
        </Notice>
      }
    >
      <CopyLine text={`${context.publicUrl}${made.path}`} />
      <p>
        It works once and ends <Time at={made.until} now={props.now} />.{' '}
        <Link context={context} href={accountsPath}>
          Back to the accounts
        </Link>
      </p>
    </StaffPage>
  );
}

/** The page and its form. */
export const inviteRoutes = (settings: SiteSettings, registration: Registration): readonly Route[] =>
  form<'staff.invite', undefined, InvitationWish, undefined, Invitation>(settings, {
    path,
    action: 'staff.invite',
    target: site,
    seenAs: 'staff.accounts',
    read: async () => undefined,
    show: (view) => <InvitePage view={view} registration={registration} />,
    wish: ({ email = '' }) => {
      if (registration !== 'invite') fail('not_offered', { reason: notOffered[registration] });
      return { email: email.trim() || null };
    },
    run: (tx, permit, wish) => invite(tx, permit, wish),
    done: (made, { actor }, context, { email }) => (
      <InvitedPage context={context} made={made} email={email} now={actor.receivedAt} />
    ),
  });
