/** Signing out (contract.md, pages). */
import { endSession } from '../../accounts/sessions.ts';
import type { Reply, Route } from '../../http/route.ts';
import { fail } from '../../kernel/failure.ts';
import { goTo, type SiteSettings } from '../page.tsx';
import { Actions, Button, Form } from '../parts/form.tsx';
import { Page } from '../parts/page.tsx';
import { entrance } from './entrance.ts';

/** Signing out ends the session and forgets its cookie; where there is none, nothing is left to do. */
export const signOutRoutes = (settings: SiteSettings): readonly Route[] =>
  entrance(settings, {
    path: '/logout',
    actions: ['account.signOut'],
    passBy: (asked) => (asked.actor.account ? undefined : goTo(settings, '/')),
    show: ({ context }) => (
      <Page context={context} title="Sign out" width="narrow">
        <Form context={context} action="/logout">
          <Actions>
            <Button kind="primary">Sign out</Button>
          </Actions>
        </Form>
      </Page>
    ),
    act: async (gate, asked): Promise<Reply> => {
      const { actor, visit } = asked;
      const session = actor.session ?? fail('session_ended');
      await gate.perform(actor, {
        action: 'account.signOut',
        target: { on: 'account', name: actor.account?.name ?? '' },
        prepare: async () => undefined,
        work: (tx, permit) => endSession(tx, permit, session),
      });
      visit.setCookie({ name: 'session', value: null });
      return goTo(settings, '/');
    },
  });
