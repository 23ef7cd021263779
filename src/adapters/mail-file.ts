import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import type { Log, Mail, Mailer } from '../kernel/ports.ts';
import { asMessage } from './mail-message.ts';

/** The Message-ID's own part as a file name: the same mail lands in the same file, however often it is written. */
const fileOf = (mail: Mail): string =>
  `${mail.messageId.replace(/^<|@.*$/g, '').replace(/[^a-z0-9-]/gi, '_')}.eml`;

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
 * "Sends" mail by writing each message as a file (RFC 5322) into a folder, which it creates, and naming it in the log,
 * without its body: that may hold a one-time link. For development, and until an SMTP server is set.
 */
export function createFileMailer(options: { folder: string; from: string; log: Log }): Mailer {
  const transport = createTransport({ streamTransport: true, buffer: true, newline: 'unix' });
  return {
    send: async (mail) => {
      const { message } = await transport.sendMail(asMessage(mail, options.from));
      if (!Buffer.isBuffer(message)) throw new Error('the message was not assembled');
      await mkdir(options.folder, { recursive: true, mode: 0o700 });
      const file = join(options.folder, fileOf(mail));
      await writeDurably(file, message);
      options.log.info({ to: mail.to, subject: mail.subject, file }, 'mail written to a file');
    },
  };
}
