import { renderToString } from 'preact-render-to-string';
import { describe, expect, it } from 'vitest';
import { RadioGroup } from '../../src/site/parts/choices.tsx';
import type { PageContext } from '../../src/site/parts/context.ts';
import { CodeField, PasswordField, TextAreaField, TextField } from '../../src/site/parts/fields.tsx';
import { Button, Form } from '../../src/site/parts/form.tsx';

const stranger: PageContext = {
  siteName: 'Tallystick',
  publicUrl: 'https://registry.example/npm',
  prefix: '/npm',
  viewer: null,
  formToken: 'token-of-the-form',
};
const hostile = `"><script>alert(1)</script>'&`;

/** The tags of one kind, as written. */
const tags = (html: string, name: string): readonly string[] =>
  html.match(new RegExp(`<${name}[\\s>][^>]*`, 'g')) ?? [];
const attribute = (tag: string, name: string): string | undefined =>
  new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1];

describe('a form', () => {
  it('carries no token when it only asks', () => {
    const html = renderToString(
      <Form context={stranger} action="/search" method="get">
        x
      </Form>,
    );
    expect(html).not.toContain('token-of-the-form');
  });

  it('ties label, error and help to the field', () => {
    const html = renderToString(
      <TextField label="Token name" name="name" help="So that you know." error="Give it a name." />,
    );
    expect(html).toContain('<label for="name">Token name</label>');
    const [input = ''] = tags(html, 'input');
    expect(attribute(input, 'aria-describedby')).toBe('name-error name-help');
    expect(attribute(input, 'aria-invalid')).toBe('true');
    expect(html).toContain('<p class="field-error" id="name-error">Give it a name.</p>');
  });

  it('says nothing of errors where there is none', () => {
    const [input = ''] = tags(renderToString(<TextField label="Name" name="name" />), 'input');
    expect(input).not.toContain('aria-');
  });

  it('escapes what was typed, in one line and in several', () => {
    expect(renderToString(<TextField label="x" name="x" value={hostile} />)).not.toContain('<script');
    expect(renderToString(<TextAreaField label="x" name="x" value={`</textarea>${hostile}`} />)).not.toMatch(
      /<\/textarea>"/,
    );
  });

  it('never gives a password back, and tells password managers which one is wanted', () => {
    const current = renderToString(<PasswordField purpose="current" account="ann" />);
    expect(current).toContain('autocomplete="current-password"');
    expect(current).toContain('autocomplete="username" value="ann"');
    expect(
      renderToString(<PasswordField purpose="new" label="New password" name="new-password" />),
    ).toContain('autocomplete="new-password"');
    for (const input of tags(current, 'input').filter((tag) => tag.includes('type="password"')))
      expect(attribute(input, 'value')).toBeUndefined();
  });

  it.each(['123456', '12345678', '1234 5678 9012 3456', '1234-5678-9012-3456', '123 456'])(
    'takes the code %s',
    (code) => {
      expect(code).toMatch(codePattern());
    },
  );

  it.each(['12', 'abcdef', '12345x', '', ' 123456', '1234 5678 9012 3456 7890 1234'])(
    'has the browser refuse the code “%s”',
    (code) => {
      expect(code).not.toMatch(codePattern());
    },
  );

  it('asks for a code in the same words everywhere', () => {
    const html = renderToString(<CodeField />);
    expect(html).toContain('>Pin code</label>');
    expect(html).toContain('inputmode="numeric"');
    expect(html).toContain('autocomplete="one-time-code"');
  });

  it('lets a label of a button begin with its words', () => {
    expect(renderToString(<Button label="Revoke laptop">Revoke</Button>)).toContain(
      'aria-label="Revoke laptop"',
    );
  });

  it('chooses one of the radio buttons, each with its meaning', () => {
    const html = renderToString(
      <RadioGroup
        legend="Mode"
        name="mode"
        value="b"
        options={[
          { value: 'a', label: 'A', description: 'First.' },
          { value: 'b', label: 'B' },
        ]}
      />,
    );
    const [first = '', second = ''] = tags(html, 'input');
    expect(attribute(first, 'aria-describedby')).toBe('mode-a-meaning');
    expect(first).not.toContain('checked');
    expect(second).toContain('checked');
  });
});

/** As browsers read `pattern`: anchored, with the `v` flag. */
function codePattern(): RegExp {
  const [input = ''] = tags(renderToString(<CodeField />), 'input');
  return new RegExp(`^(?:${attribute(input, 'pattern')})$`, 'v');
}
