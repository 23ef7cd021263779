/** Asking once more for the link that confirms the e-mail address (RV7). */
import { type Account, findAccount } from '../../accounts/accounts.ts';
import { askAgain } from '../../accounts/email-confirmation.ts';
import type { Route } from '../../http/route.ts';
import { fail } from '../../kernel/failure.ts';
import { form, ownName, type SiteSettings, self } from '../page.tsx';
import type { PageContext } from '../parts/context.ts';
import { Actions, Button, Form } from '../parts/form.tsx';
import { Section } from '../parts/layout.tsx';
import { Link } from '../parts/link.tsx';
import { Notice } from '../parts/notices.tsx';
import { SettingsPage } from '../parts/settings.tsx';
import { Refusal } from '../proofs.tsx';

const title = 'Confirm your email address';
const pathOf = (name: string): string => `/settings/${name}/profile/confirm`;

/** For an account whose address nobody has confirmed: where the link is, and how to get another. */
export function Unconfirmed({
  context,
  account,
}: {
  readonly context: PageContext;
  readonly account: Account;
}) {
  return (
    <Section title={title}>
      <p>Open the link in the mail to {account.email}: it is good for a day. Did none arrive?</p>
      <Form context={context} action={pathOf(account.name)} label={title}>
        <Actions>
          <Button>Send the link again</Button>
        </Actions>
      </Form>
    </Section>
  );
}

const Back = ({ context, account }: { readonly context: PageContext; readonly account: Account }) => (
  <p>
    <Link context={context} href={`/settings/${account.name}/profile`}>
      Back to the profile
    </Link>
  </p>
);

/** The button of the profile, and the page that answers it. */
export const confirmationForm = (settings: SiteSettings): readonly Route[] =>
  form<'account.sendConfirmation', Account, undefined, undefined, Account>(settings, {
    path: pathOf(':name'),
    action: 'account.sendConfirmation',
    target: self,
    seenAs: 'account.read',
    read: async (tx, asked) => (await findAccount(tx, ownName(asked))) ?? fail('credential_invalid'),
    show: ({ context, data: account, failure }) => (
      <SettingsPage context={context} name={account.name} section="profile" title={title}>
        <Refusal view={{ failure }} />
        {!account.emailVerified && <Unconfirmed context={context} account={account} />}
        <Back context={context} account={account} />
      </SettingsPage>
    ),
    wish: () => undefined,
    run: async (tx, permit, _wish, _prepared, asked) => {
      await askAgain(tx, permit);
      return (await findAccount(tx, ownName(asked))) ?? fail('credential_invalid');
    },
    done: (account, _asked, context) => (
      <SettingsPage
        context={context}
        name={account.name}
        section="profile"
        title={title}
        notice={
          <Notice kind="success" title="Mail sent">
            <p>Open the link in the mail to {account.email} within 24 hours.</p>
          </Notice>
        }
      >
        <Back context={context} account={account} />
      </SettingsPage>
    ),
  });
