// Half a year of two people and their packages.
import { advance, codeOf, day, download, logIn, publish } from './registry.mjs';

const readme = `# left-padlock

Pads a string on the left, and asks for a second factor before it lets go of it.

## Install

\`\`\`sh
npm install left-padlock
\`\`\`

## Use

\`\`\`js
import { pad } from 'left-padlock';

pad('17', 5, '0'); // '00017'
\`\`\`

| option | default | meaning |
| --- | --- | --- |
| \`width\` | \`2\` | how wide the result is at least |
| \`with\` | \`' '\` | what is put before it |
| \`keep\` | \`false\` | whether longer strings stay as they are |

> Strings that are long enough are not touched. See the [notes on width](https://example.com/width).

- counts by code point, not by unit
- no dependencies at run time
- typed
`;

export const manifest = {
  description: 'Pads a string on the left, and asks for a second factor first',
  license: 'MIT',
  homepage: 'https://example.com/left-padlock',
  repository: { type: 'git', url: 'git+https://github.com/ada/left-padlock.git' },
  keywords: ['string', 'pad', 'two-factor'],
  engines: { node: '>=20' },
};

/** Lives through it; returns a token of Ada's. */
export async function live(secret) {
  await logIn('bo');
  let week = 0;
  for (const version of ['1.0.0', '1.0.1', '1.1.0', '1.2.0', '1.3.0', '2.0.0-beta.1']) {
    const [tag] = version.includes('beta') ? ['next'] : ['latest'];
    const dependencies = { 'string-width': '^7.2.0', ...(version > '1.1' ? { tallymark: '^0.4.0' } : {}) };
    await publish(
      await logIn('ada', secret),
      { name: 'left-padlock', version, tag, manifest: { ...manifest, dependencies } },
      { readme, otp: codeOf(secret) },
    );
    for (let weeks = 0; weeks < 5; weeks += 1, week += 1) {
      await download('left-padlock', '1.0.0', 2 + week + ((week * 7) % 11));
      advance(5.6 * day);
    }
    if (version === '1.0.1')
      await publish(await logIn('bo'), {
        name: 'tallymark',
        version: '0.4.2',
        manifest: { description: 'Marks in groups of five', license: 'ISC', keywords: ['count', 'string'] },
      });
  }
  await publish(await logIn('bo'), {
    name: '@bo/ledger',
    version: '3.1.0',
    manifest: {
      description: 'Keeps books with left-padlock and tallymark',
      license: 'Apache-2.0',
      dependencies: { 'left-padlock': '^1.2.0', tallymark: '^0.4.0' },
    },
  });
  const draft = {
    name: '@ada/notch',
    version: '0.2.0',
    manifest: { description: 'Cuts a notch into both halves of a stick', license: 'MIT' },
  };
  const token = await logIn('ada', secret);
  await publish(token, draft, { otp: codeOf(secret) });
  return token;
}
