/** The page before an act on one access token: which it is, and the form. */
import type { ComponentChildren } from 'preact';
import type { Token } from '../../tokens/token.ts';
import { type FormView, ownName } from '../page.tsx';
import { Actions, Button, Form } from '../parts/form.tsx';
import { LinkButton } from '../parts/link.tsx';
import { SettingsPage } from '../parts/settings.tsx';
import { type Definition, DefinitionList } from '../parts/tables.tsx';
import { Proofs, Refusal } from '../proofs.tsx';
import { TokenAccess } from './token-access.tsx';
import { titleOf, typeOf } from './token-words.ts';

/** `act` is the last segment of its path; `words` are those of title and button; `times` end the list of what it is. */
export function TokenActPage(props: {
  readonly view: FormView<Token>;
  readonly act: 'revoke' | 'resume';
  readonly words: string;
  readonly kind: 'primary' | 'danger';
  readonly times: readonly Definition[];
  readonly children: ComponentChildren;
}) {
  const { view, act, words, kind, times, children } = props;
  const { context, data: token, asked } = view;
  const name = ownName(asked);
  return (
    <SettingsPage context={context} name={name} section="tokens" title={`${words} ${titleOf(token)}`}>
      <Refusal view={view} />
      <p>{children}</p>
      <DefinitionList
        items={[
          { term: 'Token', value: <code>{token.prefix}…</code> },
          { term: 'Type', value: typeOf[token.kind] },
          { term: 'Access', value: <TokenAccess token={token} /> },
          ...times,
        ]}
      />
      <Form context={context} action={`/settings/${name}/tokens/${token.key}/${act}`} label={words}>
        <Proofs view={view} />
        <Actions>
          <Button kind={kind}>{words}</Button>
          <LinkButton context={context} href={`/settings/${name}/tokens`} kind="quiet">
            Cancel
          </LinkButton>
        </Actions>
      </Form>
    </SettingsPage>
  );
}
