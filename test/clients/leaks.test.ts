import { expect, test } from 'vitest';
import { generations } from './install.ts';
import { withClients } from './suite.ts';

withClients((world) => {
  for (const major of generations) {
    test(`a living token in the files ends with the publish, which is refused (npm ${major})`, async () => {
      const alice = await world().person();
      const name = `hello-${alice.name}`;
      const { token } = await alice.makeToken();
      alice.machine.writePackage(name, '1.0.0');
      alice.machine.writeFiles({ 'config/settings.json': JSON.stringify({ registry: { token } }) });
      const { code, stderr } = await alice.machine.npm(major, 'publish');
      expect(code).toBe(1);
      expect(stderr).toContain('400 Bad Request');
      expect(stderr).toContain(`${token.slice(0, 8)}...`);
      expect(stderr).not.toContain(token);
      expect((await world().ask('GET', '/-/whoami', { token })).status).toBe(401);
      await world().must(404, 'GET', `/${name}`);

      // What is dead opens nothing: it may go out.
      const again = await alice.machine.npm(major, 'publish');
      expect(again.code, again.stderr).toBe(0);
    });
  }
});
