import { expect, test } from 'vitest';
import { documentOf } from '../support/document.ts';
import { withClients } from './suite.ts';

withClients(
  (world) => {
    test('auth 55: the notice of a token that ends soon is shown on a GET and on a write (npm 11)', async () => {
      const person = await world().person();
      const { token } = await person.makeToken();
      person.machine.writeSettings({ token });
      const read = await person.machine.npm(11, 'whoami');
      expect(read.stdout.trim()).toBe(person.name);
      expect(read.stderr).toMatch(/npm notice .*expires/);

      person.machine.writePackage(`hello-${person.name}`, '1.0.0');
      const written = await person.machine.npm(11, 'publish');
      expect(written.stdout).toContain('hello-');
      expect(written.stderr).toMatch(/npm notice .*expires/);
    });

    test('auth 55: the notice is shown on a POST too (npm 11)', async () => {
      const person = await world().person();
      const name = `@${person.name}/hello`;
      await person.must(201, 'PUT', `/${name}`, { body: documentOf({ name, version: '1.0.0' }) });
      const { token } = await person.makeToken();
      person.machine.writeSettings({ token });
      world().wire.forget();
      const { stderr } = await person.machine.npm(11, 'access', 'set', 'status=public', name);
      expect(world().wire.lines()[0]).toMatch(/^POST /);
      expect(stderr).toMatch(/npm notice .*expires/);
    });
  },
  { env: { TALLYSTICK_TOKEN_LIFE: '10d' } },
);
