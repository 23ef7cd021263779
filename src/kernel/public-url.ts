/** What the public URL tells about who may listen on the way to it. */

/** Whether only this machine reaches a URL: `localhost`, `*.localhost`, 127.0.0.0/8 or ::1. */
export function isLoopbackUrl(publicUrl: string): boolean {
  const host = new URL(publicUrl).hostname;
  return host === '[::1]' || /^127(\.\d+){3}$/.test(host) || /^(.+\.)?localhost$/.test(host);
}

/** Whether passwords and tokens go over a network unencrypted (IP4). */
export const isInClear = (publicUrl: string): boolean =>
  publicUrl.startsWith('http:') && !isLoopbackUrl(publicUrl);
