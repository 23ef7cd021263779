import type { SendMailOptions } from 'nodemailer';
import type { Mail } from '../kernel/ports.ts';

/**
 * A mail as nodemailer takes it. The recipient is passed as one address that is not parsed again, so that nothing in it
 * becomes a second recipient; files and addresses are never fetched.
 */
export function asMessage(mail: Mail, from: string): SendMailOptions {
  return {
    from,
    to: { name: '', address: mail.to },
    subject: mail.subject,
    text: mail.text,
    messageId: mail.messageId,
    // Auto-responders stay silent (RFC 3834, section 5).
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}
