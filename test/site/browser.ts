/** A browser without scripts: keeps cookies, follows redirects, fills in the forms of the pages it is shown. */
import type { TestApp } from '../support/app.ts';
import type { Answer } from '../support/doors.ts';

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
const decode = (text: string): string =>
  text.replace(/&(amp|lt|gt|quot|#39);/g, (whole, name: string) => entities[name] ?? whole);

const attribute = (tag: string, name: string): string | undefined => {
  const [, value] = new RegExp(`\\s${name}="([^"]*)"`).exec(tag) ?? [];
  return value === undefined ? undefined : decode(value);
};

export class Browser {
  readonly cookies = new Map<string, string>();
  readonly headers: Record<string, string> = {};
  address = '127.0.0.1';
  /** The path of the page that is shown. */
  path = '';
  status = 0;
  body = '';
  last: Answer | undefined;
  private readonly app: TestApp;
  private readonly origin: string;

  constructor(app: TestApp, publicUrl = 'http://localhost:4873') {
    this.app = app;
    this.origin = publicUrl;
  }

  async send(
    method: 'GET' | 'POST' | 'HEAD',
    path: string,
    wish: { body?: string; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const answer = await this.app.send({
      method,
      target: path,
      address: this.address,
      headers: {
        host: new URL(this.origin).host,
        accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
        'user-agent': 'Mozilla/5.0 (test)',
        ...(this.cookies.size > 0
          ? { cookie: [...this.cookies].map((pair) => pair.join('=')).join('; ') }
          : {}),
        ...(method === 'POST'
          ? { origin: this.origin, 'content-type': 'application/x-www-form-urlencoded' }
          : {}),
        ...this.headers,
        ...wish.headers,
      },
      payload: wish.body,
    });
    for (const line of [answer.headers['set-cookie'] ?? []].flat()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(String(line)) ?? [];
      if (/; *max-age=0(;|$)/i.test(String(line))) this.cookies.delete(name);
      else this.cookies.set(name, decodeURIComponent(value));
    }
    this.last = answer;
    return answer;
  }

  private async show(answer: Answer, path: string): Promise<this> {
    let shown = answer;
    this.path = path;
    for (let hops = 0; hops < 5 && shown.statusCode >= 300 && shown.statusCode < 400; hops += 1) {
      const location = String(shown.headers.location);
      if (!location.startsWith(this.origin)) throw new Error(`sent away to ${location}`);
      this.path = location.slice(this.origin.length);
      shown = await this.send('GET', this.path);
    }
    this.status = shown.statusCode;
    this.body = shown.body;
    return this;
  }

  /** Goes to a page. */
  async open(path: string): Promise<this> {
    return this.show(await this.send('GET', path), path);
  }

  /** The fields that a form of the page would send as it stands; `action` tells the forms apart. */
  fields(action: string): Record<string, string> {
    for (const [, tag = '', inside = ''] of this.body.matchAll(/<form([^>]*)>([\s\S]*?)<\/form>/g)) {
      if ((attribute(tag, 'action') ?? '').split('?')[0] !== action || attribute(tag, 'method') !== 'post')
        continue;
      const fields: Record<string, string> = {};
      for (const [input] of inside.matchAll(/<input[^>]*>/g)) {
        const name = attribute(input, 'name');
        const type = attribute(input, 'type') ?? 'text';
        if (name === undefined) continue;
        if ((type === 'radio' || type === 'checkbox') && !/\schecked/.test(input)) continue;
        fields[name] = attribute(input, 'value') ?? (type === 'checkbox' ? 'on' : '');
      }
      for (const [, tag2 = '', options = ''] of inside.matchAll(/<select([^>]*)>([\s\S]*?)<\/select>/g)) {
        const [chosen] = [...options.matchAll(/<option[^>]*\sselected[^>]*>/g)];
        const [first] = [...options.matchAll(/<option[^>]*>/g)];
        fields[attribute(tag2, 'name') ?? ''] = attribute((chosen ?? first)?.[0] ?? '', 'value') ?? '';
      }
      for (const [, tag2 = '', text = ''] of inside.matchAll(/<textarea([^>]*)>([\s\S]*?)<\/textarea>/g))
        fields[attribute(tag2, 'name') ?? ''] = decode(text);
      return fields;
    }
    throw new Error(`no form for ${action} on ${this.path}: ${this.text().slice(0, 500)}`);
  }

  /** Fills in a form of the page and sends it. */
  async submit(action: string, filled: Record<string, string> = {}): Promise<this> {
    const body = new URLSearchParams({ ...this.fields(action), ...filled }).toString();
    return this.show(await this.send('POST', action, { body }), action);
  }

  /** What a person reads. */
  text(): string {
    return decode(
      this.body
        .replace(/<head>[\s\S]*?<\/head>/, '')
        .replace(/<[^>]+>/g, ' ')
        .replace(/\s+/g, ' '),
    ).trim();
  }

  heading(): string {
    return decode(/<h1[^>]*>([\s\S]*?)<\/h1>/.exec(this.body)?.[1]?.replace(/<[^>]+>/g, '') ?? '');
  }
}
