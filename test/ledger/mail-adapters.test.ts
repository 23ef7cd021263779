import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, describe, expect, test } from 'vitest';
import { createFileMailer } from '../../src/adapters/mail-file.ts';
import { createSmtpMailer, readSmtpUrl } from '../../src/adapters/mail-smtp.ts';
import type { Mail } from '../../src/kernel/ports.ts';
import { deliverDue, queueMail } from '../../src/ledger/outbox.ts';
import { createLog } from '../support/ports.ts';
import { eachStore } from '../support/stores.ts';

const from = 'Tallystick <no-reply@registry.example>';
const longLink = `https://registry.example/reset/${'f'.repeat(90)}`;
const mail: Mail = {
  to: 'ann@example.com',
  subject: 'Neues Passwort für ann on registry.example',
  text: `Hello ann,\n\nÄ line.\n.\n${longLink}\n\n-- \nTallystick\n`,
  messageId: '<01hzx@registry.example>',
};

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Received {
  recipients: string[];
  sender: string;
  mail: ParsedMail;
}

/** A real SMTP server on loopback; `url` reaches it. */
async function startSmtp(options: SMTPServerOptions = {}) {
  const received: Received[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onData: (stream, session, done) => {
      simpleParser(stream).then((parsed) => {
        const { mailFrom, rcptTo } = session.envelope;
        received.push({
          recipients: rcptTo.map((one) => one.address),
          sender: mailFrom === false ? '' : mailFrom.address,
          mail: parsed,
        });
        done();
      }, done);
    },
    ...options,
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const address = server.server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return { received, port, url: `smtp://127.0.0.1:${port}` };
}

const openFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-mail-'));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'outbox');
};

describe('mail over SMTP', () => {
  test('arrives as it was written, at its one recipient', async () => {
    const { received, url } = await startSmtp();
    await createSmtpMailer({ url, from }).send(mail);
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({
      recipients: ['ann@example.com'],
      sender: 'no-reply@registry.example',
    });
    const parsed = received[0]?.mail;
    expect(parsed?.subject).toBe(mail.subject);
    expect(parsed?.text).toBe(mail.text);
    expect(parsed?.messageId).toBe(mail.messageId);
    expect(parsed?.from?.text).toBe('"Tallystick" <no-reply@registry.example>');
    expect(parsed?.headers.get('auto-submitted')).toBe('auto-generated');
    expect(parsed?.html).toBe(false);
  });

  test('brings its HTML beside the text', async () => {
    const { received, url } = await startSmtp();
    await createSmtpMailer({ url, from }).send({ ...mail, html: '<p>Hello ann,</p>' });
    expect(received[0]?.mail.text).toBe(mail.text);
    expect(received[0]?.mail.html).toBe('<p>Hello ann,</p>');
  });

  test.each([
    ['a second recipient in the address', { to: 'ann@example.com, eve@example.com' }],
    ['a header in the address', { to: 'ann@example.com\r\nBcc: eve@example.com' }],
    ['a group in the address', { to: 'all: ann@example.com, eve@example.com;' }],
    ['a header in the subject', { subject: 'x\r\nBcc: eve@example.com\r\nX-Evil: 1' }],
    ['the end of the message in the text', { text: 'a\r\n.\r\nRCPT TO:<eve@example.com>\r\nDATA\r\n' }],
    ['a header in the Message-ID', { messageId: '<a@b>\r\nBcc: eve@example.com' }],
  ])('%s gives nobody else a mail', async (_name, hostile) => {
    const { received, url } = await startSmtp();
    await createSmtpMailer({ url, from })
      .send({ ...mail, ...hostile })
      .catch(() => undefined);
    for (const one of received) {
      expect(one.recipients).toHaveLength(1);
      expect(one.recipients).not.toContain('eve@example.com');
      expect(one.mail.bcc).toBeUndefined();
      expect(one.mail.cc).toBeUndefined();
      expect(one.mail.headers.has('x-evil')).toBe(false);
    }
    expect(received.length).toBeLessThanOrEqual(1);
  });

  test('a refused recipient is an error that carries the answer of the server', async () => {
    const { url } = await startSmtp({
      onRcptTo: (_address, _session, done) =>
        done(Object.assign(new Error('no such user'), { responseCode: 550 })),
    });
    await expect(createSmtpMailer({ url, from }).send(mail)).rejects.toThrow('550 no such user');
  });

  test('a server that is away is an error', async () => {
    await expect(createSmtpMailer({ url: 'smtp://127.0.0.1:9', from }).send(mail)).rejects.toThrow(
      'ECONNREFUSED',
    );
  });

  test('name and password come from the URL, decoded', async () => {
    const told: unknown[] = [];
    const { port, received } = await startSmtp({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: (auth, _session, done) => {
        told.push([auth.username, auth.password]);
        done(null, { user: auth.username });
      },
    });
    await createSmtpMailer({ url: `smtp://us%40er:p%3Ass%2F@127.0.0.1:${port}`, from }).send(mail);
    expect(told).toEqual([['us@er', 'p:ss/']]);
    expect(received).toHaveLength(1);
  });

  test('a wrong password is an error that does not show it', async () => {
    const { port } = await startSmtp({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: (_auth, _session, done) => done(new Error('authentication failed')),
    });
    const sending = createSmtpMailer({ url: `smtp://user:hunter2@127.0.0.1:${port}`, from }).send(mail);
    await expect(sending).rejects.toThrow(/^(?!.*hunter2).*authentication failed/s);
  });

  test.each([
    ['smtp://mail.example.com', { host: 'mail.example.com', port: 587, secure: false, auth: undefined }],
    ['smtps://mail.example.com', { host: 'mail.example.com', port: 465, secure: true, auth: undefined }],
    ['smtp://u:p@[::1]:2525', { host: '::1', port: 2525, secure: false, auth: { user: 'u', pass: 'p' } }],
  ])('%s is understood', (url, expected) => {
    expect(readSmtpUrl(url)).toEqual(expected);
  });

  test.each([
    '',
    'mail.example.com:25',
    'https://mail.example.com',
    'smtp://',
    'smtp://host/path',
    'smtp://host?tls=no',
  ])('%j is refused with a sentence that does not repeat it', (url) => {
    expect(() => readSmtpUrl(url)).toThrow(/^The SMTP URL /);
  });
});

describe('mail as files', () => {
  test('one readable message each, for its owner only, named in the log without its body', async () => {
    const folder = openFolder();
    const log = createLog();
    await createFileMailer({ folder, from, log }).send(mail);
    expect(readdirSync(folder)).toEqual(['01hzx.eml']);
    const file = join(folder, '01hzx.eml');
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const parsed = await simpleParser(readFileSync(file));
    expect(parsed).toMatchObject({ subject: mail.subject, messageId: mail.messageId });
    expect(parsed.text).toBe(mail.text);
    expect(parsed.date).toBeInstanceOf(Date);
    expect(log.lines).toEqual([
      {
        level: 'info',
        fields: { to: mail.to, subject: mail.subject, file },
        message: 'mail written to a file',
      },
    ]);
  });

  test('a link in an English mail can be copied from the file as it stands', async () => {
    const folder = openFolder();
    const text = `Hello ann,\n\nOpen:\n${longLink}\n`;
    await createFileMailer({ folder, from, log: createLog() }).send({ ...mail, text });
    expect(readFileSync(join(folder, '01hzx.eml'), 'utf8').split('\r\n')).toContain(longLink);
  });

  test('the same mail again replaces its file, and a name cannot leave the folder', async () => {
    const folder = openFolder();
    const mailer = createFileMailer({ folder, from, log: createLog() });
    await mailer.send(mail);
    await mailer.send({ ...mail, subject: 'again' });
    await mailer.send({ ...mail, messageId: '<../../x@y>' });
    expect(readdirSync(folder).sort()).toEqual(['01hzx.eml', '______x.eml']);
    expect((await simpleParser(readFileSync(join(folder, '01hzx.eml')))).subject).toBe('again');
  });

  test('nothing in a name, subject or Message-ID becomes a header of the file', async () => {
    const folder = openFolder();
    const injected = '\r\nBcc: eve@example.com';
    const hostile = {
      to: `ann@example.com${injected}`,
      subject: `x${injected}`,
      messageId: `<a@b>${injected}`,
    };
    await createFileMailer({ folder, from, log: createLog() }).send({ ...mail, ...hostile });
    const parsed = await simpleParser(readFileSync(join(folder, 'a.eml')));
    expect([...parsed.headers.keys()].sort()).toEqual([
      'auto-submitted',
      'content-transfer-encoding',
      'content-type',
      'date',
      'from',
      'message-id',
      'mime-version',
      'subject',
      'to',
    ]);
  });

  test('a folder that cannot be written is an error and leaves no half of a message', async () => {
    const folder = openFolder();
    const mailer = createFileMailer({ folder: join(folder, 'x\0y'), from, log: createLog() });
    await expect(mailer.send(mail)).rejects.toThrow();
  });
});

eachStore((open) => {
  test('a mail that the server refused at first arrives later, once', async () => {
    const { store, clock } = await open();
    let refusals = 2;
    const { received, url } = await startSmtp({
      onRcptTo: (_address, _session, done) => {
        refusals -= 1;
        if (refusals < 0) done();
        else done(Object.assign(new Error('try later'), { responseCode: 451 }));
      },
    });
    await store.write((tx) =>
      queueMail(tx, {
        to: 'ann@example.com',
        account: 'ann',
        what: 'New password',
        paragraphs: ['It is new.'],
      }),
    );
    const site = { name: 'Tallystick', publicUrl: 'https://registry.example' };
    const delivery = { store, mailer: createSmtpMailer({ url, from }), log: createLog(), site };
    for (let round = 0; round < 6; round += 1) {
      await deliverDue(delivery);
      clock.advance(120_000);
    }
    expect(received).toHaveLength(1);
    expect(received[0]?.mail.subject).toBe('New password for ann on registry.example');
    expect(received[0]?.mail.text).toContain('It is new.');
  });
});
