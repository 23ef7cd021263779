import { isIP } from 'node:net';
import { createTransport, type SendMailOptions } from 'nodemailer';
import type { Mail, Mailer } from '../kernel/ports.ts';

/** Milliseconds until a step is given up; the outbox tries again. */
const patience = { connection: 10_000, greeting: 10_000, silence: 30_000 };

const defaultPorts = { 'smtp:': 587, 'smtps:': 465 } as const;

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

/** Where and how to hand over, read from `smtp(s)://user:pass@host:port`; throws with a sentence for anything else. */
export function readSmtpUrl(text: string) {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const protocol = url?.protocol;
  if (!url || (protocol !== 'smtp:' && protocol !== 'smtps:') || url.hostname === '') {
    throw new Error('The SMTP URL must look like smtp://user:password@mail.example.com:587 or smtps://….');
  }
  if (!['', '/'].includes(url.pathname) || url.search !== '' || url.hash !== '') {
    throw new Error('The SMTP URL ends after the port.');
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const user = decodeURIComponent(url.username);
  const auth = user === '' ? undefined : { user, pass: decodeURIComponent(url.password) };
  return {
    host,
    port: url.port === '' ? defaultPorts[protocol] : Number(url.port),
    secure: protocol === 'smtps:',
    auth,
  };
}

/**
 * A mail as nodemailer takes it. The recipient is passed as one address that is not parsed again, so that nothing in it
 * becomes a second recipient; files and addresses are never fetched.
 */
function asMessage(mail: Mail, from: string): SendMailOptions {
  return {
    from,
    to: { name: '', address: mail.to },
    subject: mail.subject,
    text: mail.text,
    ...(mail.html === undefined ? {} : { html: mail.html }),
    messageId: mail.messageId,
    // Auto-responders stay silent (RFC 3834, section 5).
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

function openTransport(url: string) {
  const { auth, ...server } = readSmtpUrl(url);
  return createTransport({
    ...server,
    ...(auth ? { auth } : {}),
    requireTLS: auth !== undefined && !isLoopback(server.host),
    connectionTimeout: patience.connection,
    dnsTimeout: patience.connection,
    greetingTimeout: patience.greeting,
    socketTimeout: patience.silence,
  });
}

/** Connects, greets and signs in as for a mail, and sends none. Throws what went wrong. */
export async function greetSmtp(url: string): Promise<void> {
  const transport = openTransport(url);
  try {
    await transport.verify();
  } finally {
    transport.close();
  }
}

/**
 * Sends over SMTP. `smtps:` speaks TLS from the first byte; `smtp:` upgrades by STARTTLS where the server offers it, and
 * insists on it before it shows a password to any host but this one.
 */
export function createSmtpMailer(options: { url: string; from: string }): Mailer {
  const transport = openTransport(options.url);
  return {
    send: async (mail) => {
      await transport.sendMail(asMessage(mail, options.from));
    },
  };
}
