/** Security keys and passkeys: add, rename, remove, and the code that one of them gives to a terminal (WA6, OT4). */

import type { FactorMode } from '../../factors/enrol.ts';
import {
  type AddedKey,
  addKey,
  listKeys,
  removeKey,
  renameKey,
  type SecurityKey,
} from '../../factors/keys.ts';
import type { CheckedRegistration } from '../../factors/keys-verification.ts';
import { readFactorOverview } from '../../factors/overview.ts';
import { createTypedCode, type TypedCode, takesTypedCode } from '../../factors/typed-codes.ts';
import type { Route } from '../../http/route.ts';
import { fail } from '../../kernel/failure.ts';
import { type Action, actions, policy } from '../../policy/policy.ts';
import { KeyButton } from '../keys/parts.tsx';
import { form, goTo, owner, type SiteAsked, self } from '../page.tsx';
import { RadioGroup } from '../parts/choices.tsx';
import { LargeCode } from '../parts/copy.tsx';
import { SelectField, TextField } from '../parts/fields.tsx';
import { Actions, Button, Form } from '../parts/form.tsx';
import { Lead, Section } from '../parts/layout.tsx';
import { Link } from '../parts/link.tsx';
import { SettingsPage } from '../parts/settings.tsx';
import { Time } from '../parts/time.tsx';
import { Proofs, Refusal } from '../proofs.tsx';
import { modeOptions, readMode } from './add-app.tsx';
import { type AuthenticationParts, authenticationPath } from './parts.ts';
import { RecoveryCodesPage } from './recovery-codes.tsx';

type Tx = Parameters<typeof listKeys>[0];

interface Wish {
  readonly name: string;
  readonly mode: FactorMode;
  readonly credential: string;
}

const addRoutes = ({ settings, now }: AuthenticationParts): readonly Route[] =>
  form<'factor.addKey', { isFirst: boolean }, Wish, CheckedRegistration, AddedKey>(settings, {
    path: authenticationPath(':name', '/keys/add'),
    action: 'factor.addKey',
    seenAs: 'account.read',
    target: self,
    read: async (tx, asked) => ({ isFirst: (await readFactorOverview(tx, owner(asked).id)).mode === null }),
    show: (view) => {
      const { context, values, data, asked, wanted, kinds } = view;
      const { name } = owner(asked);
      return (
        <SettingsPage context={context} title="Add security key" name={name} section="authentication">
          <Refusal view={view} />
          {settings.keys === null ? (
            <p>
              Browsers offer security keys only over https and under a host name. Ask the people who run this
              registry.
            </p>
          ) : (
            <>
              <Lead>
                A security key, or a passkey of your phone or computer, proves that it is you, and cannot be
                given away to a false page.
              </Lead>
              <Form context={context} action={authenticationPath(name, '/keys/add')}>
                <TextField
                  label="Name"
                  name="key-name"
                  value={values['key-name']}
                  help="So that you know it again: “blue key”, “phone”."
                  maxLength={64}
                  required
                />
                {data.isFirst && (
                  <RadioGroup
                    legend="When it is asked"
                    name="mode"
                    value={values.mode ?? 'auth-and-writes'}
                    options={modeOptions}
                  />
                )}
                <Proofs view={view} withKey={false} />
                {wanted.factor && kinds.keys && (
                  <p class="field-help">
                    Without a code you are asked for a key that you have, then for the new one.
                  </p>
                )}
                <KeyButton context={context} purpose="register" operation="factor.addKey" primary>
                  Add security key
                </KeyButton>
                <noscript>
                  <p>Security keys need JavaScript: the browser asks them by it.</p>
                </noscript>
              </Form>
              <p>
                <Link context={context} href={authenticationPath(name)}>
                  Cancel
                </Link>
              </p>
            </>
          )}
        </SettingsPage>
      );
    },
    wish: (fields) => ({
      name: fields['key-name'] ?? '',
      mode: readMode(fields),
      credential: fields.credential ?? '',
    }),
    prepare: ({ credential }, asked) =>
      (settings.keys ?? fail('not_found')).takeRegistration(asked, credential),
    run: (tx, permit, { name, mode }, checked) => addKey(tx, permit, checked, { name, mode }),
    done: ({ recoveryCodes }, asked, context) => {
      const { name } = owner(asked);
      if (recoveryCodes === null) return goTo(settings, authenticationPath(name, '?done=key'));
      return (
        <RecoveryCodesPage context={context} name={name} codes={recoveryCodes} at={now()} done="added" />
      );
    },
  });

const ownKey = async (tx: Tx, asked: SiteAsked): Promise<SecurityKey> =>
  (await listKeys(tx, owner(asked).id)).find(({ id }) => id === asked.params.key) ?? fail('not_found');

const keyPath = (name: string, key = ':key', rest = ''): string =>
  authenticationPath(name, `/keys/${key}${rest}`);

const renameRoutes = ({ settings, now }: AuthenticationParts): readonly Route[] =>
  form<'factor.renameKey', SecurityKey, { name: string }>(settings, {
    path: keyPath(':name'),
    action: 'factor.renameKey',
    seenAs: 'account.read',
    target: self,
    read: ownKey,
    show: (view) => {
      const { context, data: key, values, asked } = view;
      const { name } = owner(asked);
      return (
        <SettingsPage context={context} title={key.name} name={name} section="authentication">
          <Refusal view={view} />
          <p>
            {key.synced ? 'Passkey' : 'Security key'}, added <Time at={key.createdAt} now={now()} />, last
            used <Time at={key.lastUsedAt} now={now()} />.
          </p>
          <Form context={context} action={keyPath(name, key.id)}>
            <TextField
              label="Name"
              name="key-name"
              value={values['key-name'] ?? key.name}
              maxLength={64}
              required
            />
            <Proofs view={view} />
            <Actions>
              <Button kind="primary">Rename</Button>
              <Link context={context} href={authenticationPath(name)}>
                Cancel
              </Link>
            </Actions>
          </Form>
          <Section title="Remove security key">
            <p>
              <Link context={context} href={keyPath(name, key.id, '/remove')}>
                Remove security key
              </Link>
            </p>
          </Section>
        </SettingsPage>
      );
    },
    wish: (fields) => ({ name: fields['key-name'] ?? '' }),
    run: (tx, permit, { name }, _prepared, { params }) =>
      renameKey(tx, permit, { id: params.key ?? '', name }),
    done: (_nothing, asked) => goTo(settings, authenticationPath(owner(asked).name, '?done=renamed')),
  });

const removeRoutes = ({ settings }: AuthenticationParts): readonly Route[] =>
  form<'factor.removeKey', { key: SecurityKey; isLast: boolean }, undefined, undefined, 'removed' | 'off'>(
    settings,
    {
      path: keyPath(':name', ':key', '/remove'),
      action: 'factor.removeKey',
      seenAs: 'account.read',
      target: self,
      read: async (tx, asked) => {
        const { app, keys } = await readFactorOverview(tx, owner(asked).id);
        return { key: await ownKey(tx, asked), isLast: app === null && keys.length === 1 };
      },
      show: (view) => {
        const { context, data, asked } = view;
        const { name } = owner(asked);
        return (
          <SettingsPage context={context} title="Remove security key" name={name} section="authentication">
            <Refusal view={view} />
            <p>
              <strong>{data.key.name}</strong> will open nothing any more.
              {data.isLast &&
                ' It is your last factor: two-factor authentication ends with it, and every recovery code becomes useless.'}
            </p>
            <Form context={context} action={keyPath(name, data.key.id, '/remove')}>
              <Proofs view={view} />
              <Actions>
                <Button kind="danger">Remove security key</Button>
                <Link context={context} href={authenticationPath(name)}>
                  Keep it
                </Link>
              </Actions>
            </Form>
          </SettingsPage>
        );
      },
      wish: () => undefined,
      run: (tx, permit, _wish, _prepared, { params }) => removeKey(tx, permit, { id: params.key ?? '' }),
      done: (outcome, asked) =>
        goTo(
          settings,
          authenticationPath(owner(asked).name, outcome === 'off' ? '?done=removed' : '?done=key-removed'),
        ),
    },
  );

const chosenActions = actions.filter(takesTypedCode);

const codeRoutes = ({ settings }: AuthenticationParts): readonly Route[] =>
  form<'factor.createCode', undefined, Action, undefined, TypedCode>(settings, {
    path: authenticationPath(':name', '/code'),
    action: 'factor.createCode',
    seenAs: 'account.read',
    target: self,
    read: async () => undefined,
    show: (view) => {
      const { context, values, asked, kinds } = view;
      const { name } = owner(asked);
      return (
        <SettingsPage context={context} title="A code for the terminal" name={name} section="authentication">
          <Refusal view={view} />
          <Lead>
            For programs that cannot open a browser: touch your key, and type the code that is shown.
          </Lead>
          {kinds.keys ? (
            <Form context={context} action={authenticationPath(name, '/code')}>
              <SelectField
                label="What you are about to do"
                name="act"
                value={values.act}
                options={chosenActions.map((action) => ({ value: action, label: policy[action].command }))}
              />
              <KeyButton context={context} purpose="step-up" operation="factor.createCode" primary>
                Use a security key
              </KeyButton>
            </Form>
          ) : (
            <p>
              Your account has no security key: your app shows the codes.{' '}
              <Link context={context} href={authenticationPath(name, '/keys/add')}>
                Add security key
              </Link>
            </p>
          )}
        </SettingsPage>
      );
    },
    wish: ({ act }) =>
      chosenActions.find((action) => action === act) ??
      fail('request_invalid', { reason: 'Choose what you are about to do.' }),
    run: (tx, permit, action) => createTypedCode(tx, permit, action),
    done: ({ code }, asked, context, action) => (
      <SettingsPage
        context={context}
        title="A code for the terminal"
        name={owner(asked).name}
        section="authentication"
      >
        <LargeCode code={code.replace(/^..../, '$& ')} copy />
        <p>
          Good once, for two minutes, for <code>{policy[action].command}</code> alone. Type it where the
          terminal asks, or add <code>--otp={code}</code>.
        </p>
        <p>
          <Link context={context} href={authenticationPath(owner(asked).name)}>
            Back to your factors
          </Link>
        </p>
      </SettingsPage>
    ),
  });

export const keyRoutes = (parts: AuthenticationParts): readonly Route[] => [
  ...addRoutes(parts),
  ...renameRoutes(parts),
  ...removeRoutes(parts),
  ...codeRoutes(parts),
];
