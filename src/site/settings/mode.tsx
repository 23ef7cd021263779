/** When a code is asked, and the end of two-factor authentication (MD4). */
import { chooseMode, disableFactor, type FactorMode } from '../../factors/enrol.ts';
import { readFactorOverview } from '../../factors/overview.ts';
import type { Route } from '../../http/route.ts';
import { form, goTo, owner, self } from '../page.tsx';
import { RadioGroup } from '../parts/choices.tsx';
import { Actions, Button, Form } from '../parts/form.tsx';
import { Link } from '../parts/link.tsx';
import { SettingsPage } from '../parts/settings.tsx';
import { Proofs, Refusal } from '../proofs.tsx';
import { modeOptions, readMode } from './add-app.tsx';
import { type AuthenticationParts, authenticationPath } from './parts.ts';

const modeRoutes = ({ settings }: AuthenticationParts): readonly Route[] =>
  form<'factor.mode', FactorMode | null, FactorMode>(settings, {
    path: authenticationPath(':name', '/mode'),
    action: 'factor.mode',
    seenAs: 'account.read',
    target: self,
    read: async (tx, asked) => (await readFactorOverview(tx, owner(asked).id)).mode,
    show: (view) => {
      const { context, data, values, asked } = view;
      const { name } = owner(asked);
      return (
        <SettingsPage context={context} title="When a code is asked" name={name} section="authentication">
          <Refusal view={view} />
          <Form context={context} action={authenticationPath(name, '/mode')}>
            <RadioGroup
              legend="Mode"
              name="mode"
              value={values.mode ?? data ?? undefined}
              options={modeOptions}
            />
            <Proofs view={view} />
            <Actions>
              <Button kind="primary">Save</Button>
              <Link context={context} href={authenticationPath(name)}>
                Cancel
              </Link>
            </Actions>
          </Form>
        </SettingsPage>
      );
    },
    wish: readMode,
    run: (tx, permit, mode) => chooseMode(tx, permit, mode),
    done: (_nothing, asked) => goTo(settings, authenticationPath(owner(asked).name, '?done=mode')),
  });

const removeRoutes = ({ settings }: AuthenticationParts): readonly Route[] =>
  form<'factor.disable', boolean, undefined, undefined, unknown>(settings, {
    path: authenticationPath(':name', '/remove'),
    action: 'factor.disable',
    seenAs: 'account.read',
    target: self,
    read: async (tx, asked) => (await readFactorOverview(tx, owner(asked).id)).mode !== null,
    show: (view) => {
      const { context, data: isOn, asked } = view;
      const { name } = owner(asked);
      return (
        <SettingsPage
          context={context}
          title="Remove two-factor authentication"
          name={name}
          section="authentication"
        >
          <Refusal view={view} />
          {isOn ? (
            <>
              <p>
                The password alone will open this account. The authentication app, every security key and all
                recovery codes are forgotten; every other browser is signed out. Adding it again starts anew.
              </p>
              <Form context={context} action={authenticationPath(name, '/remove')}>
                <Proofs view={view} />
                <Actions>
                  <Button kind="danger">Remove</Button>
                  <Link context={context} href={authenticationPath(name)}>
                    Keep it
                  </Link>
                </Actions>
              </Form>
            </>
          ) : (
            <p>Two-factor authentication is off.</p>
          )}
        </SettingsPage>
      );
    },
    wish: () => undefined,
    run: (tx, permit) => disableFactor(tx, permit),
    done: (_outcome, asked) => goTo(settings, authenticationPath(owner(asked).name, '?done=removed')),
  });

export const modeAndRemovalRoutes = (parts: AuthenticationParts): readonly Route[] => [
  ...modeRoutes(parts),
  ...removeRoutes(parts),
];
