import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log, Mail, Mailer } from '../kernel/ports.ts';

/** The Message-ID's own part as a file name: the same mail lands in the same file, however often it is written. */
const fileOf = (mail: Mail): string =>
  `${mail.messageId.replace(/^<|@.*$/gs, '').replace(/[^a-z0-9-]/gi, '_')}.eml`;

async function writeDurably(file: string, content: Buffer): Promise<void> {
  const draft = `${file}.part`;
  try {
    const handle = await open(draft, 'w', 0o600);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (thrown) {
    await rm(draft, { force: true });
    throw thrown;
  }
}

/**
 * The message with its text as it stands (8bit): people read these files without a mail program, and an encoding would
 * break a long link over two lines.
 */
async function assemble(mail: Mail, from: string): Promise<Buffer> {
  // Loaded with the first mail: a server that has none to send starts sooner and stays smaller.
  const { default: MimeNode } = await import('nodemailer/lib/mime-node');
  const head = new MimeNode('text/plain; charset=utf-8');
  head.setHeader({ From: from, Subject: mail.subject, 'Message-ID': mail.messageId });
  head.setHeader('To', { name: '', address: mail.to });
  head.setHeader('Auto-Submitted', 'auto-generated');
  head.setHeader('Content-Transfer-Encoding', '8bit');
  return Buffer.from(`${head.buildHeaders()}\r\n\r\n${mail.text.replaceAll('\n', '\r\n')}`);
}

/**
 * "Sends" mail by writing each message as a file (RFC 5322) into a folder, which it creates, and naming it in the log,
 * without its body: that may hold a one-time link. For development, and until an SMTP server is set.
 */
export function createFileMailer(options: { folder: string; from: string; log: Log }): Mailer {
  return {
    send: async (mail) => {
      await mkdir(options.folder, { recursive: true, mode: 0o700 });
      const file = join(options.folder, fileOf(mail));
      await writeDurably(file, await assemble(mail, options.from));
      options.log.info({ to: mail.to, subject: mail.subject, file }, 'mail written to a file');
    },
  };
}
