/**
 * Somebody in a browser, who answers the requests of command line clients. It acts on the application itself, through the
 * gate, because the pages `/login/cli/ID` and `/auth/cli/ID` are not there yet; the pages take its place.
 */
import { readHandoff, type ShownHandoff } from '../../src/accounts/handoff-page.ts';
import { approveLogin, approveOtp, denyHandoff } from '../../src/accounts/handoffs.ts';
import type { App } from '../../src/app.ts';
import type { Actor } from '../../src/policy/actor.ts';
import { goodPassword } from '../accounts/acting.ts';

const prepare = async (): Promise<undefined> => undefined;

/** The id in a `loginUrl` or `authUrl`. */
export const pageIdIn = (url: string): string => new URL(url).pathname.split('/').at(-1) ?? '';

export interface Visitor {
  readonly app: Pick<App, 'gate' | 'store'>;
  readonly name: string;
  /** Where the browser is; 127.0.0.1 when left out. */
  readonly address?: string;
  /** A code of the authenticator app, for accounts that have one. */
  readonly code?: string;
  readonly password?: string;
  /** How long an approved release serves, in milliseconds. */
  readonly releaseWindow?: number;
}

export class Browser {
  readonly #visitor: Visitor;

  constructor(visitor: Visitor) {
    this.#visitor = visitor;
  }

  async #actor(): Promise<Actor> {
    const { app, name, address = '127.0.0.1', code = null } = this.#visitor;
    const account = await app.store.read((tx) =>
      tx.sql.selectFrom('accounts').select(['id', 'name']).where('name', '=', name).executeTakeFirstOrThrow(),
    );
    return {
      credential: 'browser',
      account,
      token: null,
      session: null,
      device: null,
      dead: null,
      addressAllowed: true,
      grants: null,
      address,
      userAgent: 'Mozilla/5.0',
      requestId: 'browser-1',
      code,
      claim: null,
      notice: null,
      receivedAt: app.store.clock.now(),
    };
  }

  get #target() {
    return { on: 'account', name: this.#visitor.name } as const;
  }

  get #password(): { password?: string } {
    const { code, password = goodPassword } = this.#visitor;
    return code === undefined ? { password } : {};
  }

  async open(kind: 'login' | 'otp', url: string): Promise<ShownHandoff> {
    const actor = await this.#actor();
    const { account, address } = actor;
    return this.#visitor.app.gate.look(actor, 'handoff.read', this.#target, (tx) =>
      readHandoff(tx, { account: account ?? { id: '' }, address }, { kind, id: pageIdIn(url) }),
    );
  }

  async approveLogin(url: string, anotherNetwork = false): Promise<void> {
    await this.#visitor.app.gate.perform(await this.#actor(), {
      action: 'handoff.approveLogin',
      target: this.#target,
      ...this.#password,
      prepare,
      work: (tx, permit) => approveLogin(tx, permit, { id: pageIdIn(url), anotherNetwork }),
    });
  }

  async approveOtp(url: string, release = false): Promise<void> {
    const { releaseWindow = 5 * 60_000 } = this.#visitor;
    await this.#visitor.app.gate.perform(await this.#actor(), {
      action: 'handoff.approveOtp',
      target: this.#target,
      ...this.#password,
      prepare,
      work: (tx, permit) => approveOtp(tx, permit, { id: pageIdIn(url), release }, { releaseWindow }),
    });
  }

  async deny(url: string): Promise<void> {
    await this.#visitor.app.gate.perform(await this.#actor(), {
      action: 'handoff.deny',
      target: this.#target,
      prepare,
      work: (tx, permit) => denyHandoff(tx, permit, { id: pageIdIn(url) }),
    });
  }
}
