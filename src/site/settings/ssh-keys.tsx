/** SSH keys, which later prove that a request for help is its owner's: the list, add, remove (contract.md; RV2). */
import {
  addSshKey,
  findSshKey,
  listSshKeys,
  removeSshKey,
  type SshKey,
  type SshKeyWish,
} from '../../accounts/ssh-keys.ts';
import { isPrivateKey, type SshAlgorithm } from '../../accounts/ssh-public-keys.ts';
import type { Route } from '../../http/route.ts';
import { type FormView, form, goTo, owner, ownName, page, type SiteSettings, self } from '../page.tsx';
import type { PageContext } from '../parts/context.ts';
import { CopyLine } from '../parts/copy.tsx';
import { TextAreaField, TextField } from '../parts/fields.tsx';
import { Actions, Button, Form } from '../parts/form.tsx';
import { Lead } from '../parts/layout.tsx';
import { LinkButton } from '../parts/link.tsx';
import { Empty, Notice } from '../parts/notices.tsx';
import { SettingsPage } from '../parts/settings.tsx';
import { type Column, DataTable, DefinitionList } from '../parts/tables.tsx';
import { Time } from '../parts/time.tsx';
import { Proofs, Refusal } from '../proofs.tsx';

const pathOf = (name: string, rest = ''): string => `/settings/${name}/ssh-keys${rest}`;

const kinds: Readonly<Record<SshAlgorithm, string>> = {
  'ssh-ed25519': 'Ed25519',
  'ecdsa-sha2-nistp256': 'ECDSA P-256',
  'ecdsa-sha2-nistp384': 'ECDSA P-384',
  'ecdsa-sha2-nistp521': 'ECDSA P-521',
  'sk-ssh-ed25519@openssh.com': 'Ed25519 on a security key',
  'sk-ecdsa-sha2-nistp256@openssh.com': 'ECDSA P-256 on a security key',
  'ssh-rsa': 'RSA',
};

const done: Readonly<Record<string, string>> = {
  added: 'The SSH key was added. A mail about it went to you.',
  removed: 'The SSH key was removed. A mail about it went to you.',
};

interface ListView {
  readonly context: PageContext;
  readonly name: string;
  readonly now: number;
}

const columns = ({ context, name: account, now }: ListView): readonly Column<SshKey>[] => [
  {
    label: 'Name and fingerprint',
    cell: ({ name, fingerprint }) => (
      <>
        {name}
        <br />
        <code>{fingerprint}</code>
      </>
    ),
  },
  { label: 'Kind', cell: ({ algorithm }) => kinds[algorithm] },
  { label: 'Added', cell: ({ createdAt }) => <Time at={createdAt} now={now} /> },
  {
    label: 'Remove',
    kind: 'action',
    cell: (key) => (
      <LinkButton context={context} href={pathOf(account, `/${key.id}/remove`)} kind="quiet">
        Remove<span class="hush"> {key.name}</span>
      </LinkButton>
    ),
  },
];

/** The two commands that make a key and show what to paste. */
function HowToMakeOne() {
  return (
    <>
      <p>Make one in a terminal, then paste the line that the second command prints.</p>
      <CopyLine text="ssh-keygen -t ed25519" />
      <CopyLine text="cat ~/.ssh/id_ed25519.pub" />
    </>
  );
}

function Keys({ view, keys }: { view: ListView; keys: readonly SshKey[] }) {
  const add = (
    <LinkButton context={view.context} kind="primary" href={pathOf(view.name, '/add')}>
      Add SSH key
    </LinkButton>
  );
  if (keys.length === 0)
    return (
      <Empty title="You have no SSH keys yet.">
        <HowToMakeOne />
        {add}
      </Empty>
    );
  return (
    <>
      <Actions>{add}</Actions>
      <DataTable
        caption="Your SSH keys"
        quietCaption
        columns={columns(view)}
        rows={keys}
        keyOf={({ id }) => id}
      />
      <p class="muted">
        <code>ssh-keygen -lf FILE.pub</code> prints the fingerprint of a key.
      </p>
    </>
  );
}

const listRoute = (settings: SiteSettings): Route =>
  page(settings, {
    path: pathOf(':name'),
    action: 'account.read',
    target: self,
    read: (tx, asked) => listSshKeys(tx, owner(asked).id),
    show: (keys, context, asked) => {
      const name = ownName(asked);
      const happened = done[asked.query.done ?? ''];
      return (
        <SettingsPage
          context={context}
          name={name}
          section="ssh-keys"
          title="SSH Keys"
          notice={happened && <Notice kind="success" title={happened} />}
        >
          <Lead>
            An SSH key can prove who you are when every factor is lost. It opens nothing by itself: neither
            this site nor any package.
          </Lead>
          <Keys view={{ context, name, now: asked.actor.receivedAt }} keys={keys} />
        </SettingsPage>
      );
    },
  });

function AddPage({ view }: { view: FormView<undefined> }) {
  const { context, values, asked } = view;
  const name = ownName(asked);
  const typed = values['public-key'] ?? '';
  return (
    <SettingsPage context={context} name={name} section="ssh-keys" title="Add SSH key">
      <Refusal view={view} />
      <Form context={context} action={pathOf(name, '/add')}>
        <TextAreaField
          label="Public key"
          name="public-key"
          value={isPrivateKey(typed) ? '' : typed}
          help="The one line of the file that ends in .pub: Ed25519, ECDSA or RSA of at least 2,048 bits."
          rows={5}
          exact
          required
        />
        <TextField
          label="Name"
          name="key-name"
          value={values['key-name']}
          help="So that you know it again; empty takes the words at the end of the line."
          maxLength={64}
        />
        <Proofs view={view} />
        <Actions>
          <Button kind="primary">Add SSH key</Button>
          <LinkButton context={context} href={pathOf(name)} kind="quiet">
            Cancel
          </LinkButton>
        </Actions>
      </Form>
      <HowToMakeOne />
    </SettingsPage>
  );
}

const addForm = (settings: SiteSettings): readonly Route[] =>
  form<'sshKey.add', undefined, SshKeyWish>(settings, {
    path: pathOf(':name', '/add'),
    action: 'sshKey.add',
    seenAs: 'account.read',
    target: self,
    read: async () => undefined,
    show: (view) => <AddPage view={view} />,
    wish: (fields) => ({ publicKey: fields['public-key'] ?? '', name: fields['key-name'] ?? '' }),
    run: async (tx, permit, wish) => {
      await addSshKey(tx, permit, wish);
    },
    done: (_added, asked) => goTo(settings, pathOf(ownName(asked), '?done=added')),
  });

function RemovePage({ view }: { view: FormView<SshKey> }) {
  const { context, data: key, asked } = view;
  const name = ownName(asked);
  return (
    <SettingsPage context={context} name={name} section="ssh-keys" title="Remove SSH key">
      <Refusal view={view} />
      <p>It will no longer prove that a request for help is yours.</p>
      <DefinitionList
        items={[
          { term: 'Name', value: key.name },
          { term: 'Kind', value: kinds[key.algorithm] },
          { term: 'Fingerprint', value: <code>{key.fingerprint}</code> },
          { term: 'Added', value: <Time at={key.createdAt} now={asked.actor.receivedAt} /> },
        ]}
      />
      <Form context={context} action={pathOf(name, `/${key.id}/remove`)}>
        <Proofs view={view} />
        <Actions>
          <Button kind="danger">Remove SSH key</Button>
          <LinkButton context={context} href={pathOf(name)} kind="quiet">
            Keep it
          </LinkButton>
        </Actions>
      </Form>
    </SettingsPage>
  );
}

const removeForm = (settings: SiteSettings): readonly Route[] =>
  form<'sshKey.remove', SshKey>(settings, {
    path: pathOf(':name', '/:key/remove'),
    action: 'sshKey.remove',
    seenAs: 'account.read',
    target: self,
    read: (tx, asked) => findSshKey(tx, owner(asked).id, asked.params.key ?? ''),
    show: (view) => <RemovePage view={view} />,
    wish: () => undefined,
    run: (tx, permit, _wish, _prepared, { params }) => removeSshKey(tx, permit, params.key ?? ''),
    done: (_nothing, asked) => goTo(settings, pathOf(ownName(asked), '?done=removed')),
  });

export const sshKeyPages = (settings: SiteSettings): readonly Route[] => [
  listRoute(settings),
  ...addForm(settings),
  ...removeForm(settings),
];
