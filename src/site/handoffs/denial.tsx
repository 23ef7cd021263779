/** Denying a request of the command line, or ending what was approved; the same for both kinds. */
import { denyHandoff } from '../../accounts/handoffs.ts';
import type { Route } from '../../http/route.ts';
import { form, goTo, type SiteSettings, self } from '../page.tsx';
import { Actions, Button, Form } from '../parts/form.tsx';
import { Page } from '../parts/page.tsx';
import { Refusal } from '../proofs.tsx';

/** `pathOf` gives the page of the request by its id. */
export const denialRoutes = (settings: SiteSettings, pathOf: (id: string) => string): readonly Route[] =>
  form<'handoff.deny'>(settings, {
    path: `${pathOf(':id')}/deny`,
    action: 'handoff.deny',
    seenAs: 'handoff.read',
    target: self,
    read: async () => undefined,
    show: (view) => (
      <Page context={view.context} title="Deny the request" width="narrow">
        <Refusal view={view} />
        <Form context={view.context} action={`${pathOf(view.asked.params.id ?? '')}/deny`}>
          <Actions>
            <Button kind="primary">Deny</Button>
          </Actions>
        </Form>
      </Page>
    ),
    wish: () => undefined,
    run: (tx, permit, _wish, _prepared, { params }) => denyHandoff(tx, permit, { id: params.id ?? '' }),
    done: (_nothing, { params }) => goTo(settings, pathOf(params.id ?? '')),
  });
