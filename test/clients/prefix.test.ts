import { afterEach, describe, expect, test } from 'vitest';
import { findFreePort } from '../support/postgres.ts';
import { type ServerProcess, startServer } from '../support/process.ts';
import { type RecordingProxy, startProxy } from '../support/proxy.ts';
import { installClients } from './install.ts';
import { Machine } from './machine.ts';
import { pick, pickText } from './world.ts';

const missing = await installClients();

/** Where the registry is mounted: a public URL with a path. */
interface Mounted {
  registry: string;
  server: ServerProcess;
  proxy?: RecordingProxy;
}

const prefix = '/npm';

async function mountBehindProxy(): Promise<Mounted> {
  const proxy = await startProxy(prefix);
  const registry = proxy.url + prefix;
  const server = await startServer({ publicUrl: registry });
  proxy.aim(server.port);
  return { registry, server, proxy };
}

async function mountDirectly(): Promise<Mounted> {
  const port = await findFreePort();
  const registry = `http://127.0.0.1:${port}${prefix}`;
  return { registry, server: await startServer({ port, publicUrl: registry }) };
}

const ask = async (url: string, wish: RequestInit = {}): Promise<unknown> => {
  const answer = await fetch(url, { ...wish, headers: { 'content-type': 'application/json' } });
  return { status: answer.status, json: await answer.json() };
};

describe.skipIf(missing !== undefined)('packages 25: a registry mounted under /npm/', () => {
  let mounted: Mounted | undefined;
  const machines: Machine[] = [];
  const machineOf = (registry: string, token?: string): Machine => {
    const machine = new Machine(registry, token === undefined ? {} : { token });
    machines.push(machine);
    return machine;
  };
  afterEach(async () => {
    for (const machine of machines.splice(0)) machine.remove();
    await mounted?.proxy?.close();
    await mounted?.server.remove();
    mounted = undefined;
  });

  test.each([
    ['behind a proxy that takes the path off', mountBehindProxy],
    ['without a proxy', mountDirectly],
  ] as const)('npm 11 publishes, installs, verifies and unpublishes %s', async (_where, mount) => {
    mounted = await mount();
    const { registry } = mounted;
    const signedUp = await ask(`${registry}/-/user/org.couchdb.user:alice`, {
      method: 'PUT',
      body: JSON.stringify({
        name: 'alice',
        password: 'quite-a-long tractor 7',
        email: 'alice@example.test',
        type: 'user',
      }),
    });
    const alice = machineOf(registry, pickText(pick(signedUp, 'json'), 'token'));
    for (const [name, version] of [
      ['@alice/hello', '1.0.0'],
      ['@alice/hello', '1.0.1'],
      ['hello', '1.0.0'],
    ] as const) {
      alice.writePackage(name, version);
      const { code, stdout, output } = await alice.npm(11, 'publish', '--access=public');
      expect(stdout, output).toContain(`+ ${name}@${version}`);
      expect(code).toBe(0);
    }
    const view = await alice.npm(11, 'view', '@alice/hello', 'dist.tarball');
    expect(view.stdout.trim()).toBe(`${registry}/@alice/hello/-/hello-1.0.1.tgz`);

    const bob = machineOf(registry);
    const installed = await bob.npm(11, 'install', 'hello', '@alice/hello');
    expect(installed.code, installed.output).toBe(0);
    expect(bob.read('node_modules/@alice/hello/index.js')).toBe('module.exports = "@alice/hello@1.0.1";\n');
    const lock: unknown = JSON.parse(bob.read('package-lock.json'));
    expect(pick(pick(pick(lock, 'packages'), 'node_modules/hello'), 'resolved')).toBe(
      `${registry}/hello/-/hello-1.0.0.tgz`,
    );
    // npm 11 would fetch the roots of trust of the public registry first.
    const audited = await bob.npm(8, 'audit', 'signatures');
    expect(audited.output).toMatch(/2 packages have verified registry signatures/);

    const unpublished = await alice.npm(11, 'unpublish', '@alice/hello@1.0.1');
    expect(unpublished.stdout).toContain('- @alice/hello@1.0.1');
    expect(await ask(`${registry}/@alice/hello/-/hello-1.0.1.tgz`)).toMatchObject({ status: 404 });
    expect(await ask(`${registry}/@alice%2fhello/latest`)).toMatchObject({
      status: 200,
      json: { version: '1.0.0' },
    });
  });
});
