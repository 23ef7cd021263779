/** What each concept needs of the settings, in its own terms. */
import type { SessionRules } from './accounts/sessions.ts';
import type { Config } from './config.ts';
import type { GateRules } from './gate/gate.ts';
import type { UnpublishRules } from './packages/unpublish-rules.ts';

/** For the gate. */
export const gateRules = (config: Config): GateRules => ({
  registration: config.registration,
  anonymousRead: config.anonymousRead,
  passwordLimit: config.passwordLimit,
  signupLimit: config.signupLimit,
  loopbackExempt: config.loopback,
  totpTolerance: config.totpTolerance === 0 ? 0 : 1,
  writeLimit: config.writeLimit,
  holdTime: config.holdTime,
  publicUrl: config.publicUrl,
});

/** For logins that begin on the command line and are approved on the website. */
export const loginStartRules = (config: Config) => ({
  loginLimit: config.loginLimit,
  loopbackExempt: config.loopback,
});

/** For tokens: all in milliseconds. */
export const tokenRules = (config: Config) => ({
  loginIdle: config.loginTokenIdle,
  loginLife: config.loginTokenLife,
  life: config.tokenLife,
  lifeMax: config.tokenLifeMax,
  overlap: config.tokenOverlap,
  guardsLogins: config.confirmNewDevice,
});

/** For sessions of the website: all in milliseconds. */
export const sessionRules = (config: Config): SessionRules => ({
  idle: config.sessionIdle,
  life: config.sessionLife,
  staffIdle: config.staffSessionIdle,
  staffLife: config.staffSessionLife,
  deviceLife: config.deviceLife,
  confirmNewDevice: config.confirmNewDevice,
});

/** For new accounts and passwords. */
export const accountRules = (config: Config) => ({
  ...gateRules(config),
  length: config.passwordLength,
  strength: config.passwordStrength,
  host: new URL(config.publicUrl).hostname,
});

/** For taking versions back. */
export const unpublishRules = (config: Config): UnpublishRules => ({
  window: config.unpublishWindow === 'never' ? Number.POSITIVE_INFINITY : config.unpublishWindow,
  evenIfNeeded: config.unpublishNeeded,
  downloads: config.unpublishDownloads,
});
