/**
 * What a browser answers for a security key, read strictly (WebAuthn Level 3 §5.8.1, `RegistrationResponseJSON` and
 * `AuthenticationResponseJSON`). Whoever calls is told nothing but that the key was not accepted; the failure's `cause`
 * says why, for logs and tests.
 */
import { z } from 'zod';
import { Failure } from '../kernel/failure.ts';

/** The refusal of a key: one sentence for every reason, which is its `cause`. */
export function refuseKey(reason: string): never {
  const refusal = new Failure('key_refused', undefined);
  refusal.cause = reason;
  throw refusal;
}

/** The longest credential id, in bytes (WebAuthn Level 3 §7.1, step 25). */
const longestId = 1023;

/** Bytes in base64url, in the one spelling that they have: two texts are equal exactly when their bytes are. */
const bytes = (longest: number) =>
  z
    .string()
    .max(Math.ceil((longest * 4) / 3))
    .refine((text) => Buffer.from(text, 'base64url').toString('base64url') === text);

const credential = {
  id: bytes(longestId).min(1),
  rawId: z.string(),
  type: z.literal('public-key'),
};

const registration = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: bytes(4096),
    attestationObject: bytes(16_384),
    transports: z.array(z.string().max(32)).max(16).optional(),
  }),
});

const assertion = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: bytes(4096),
    authenticatorData: bytes(4096),
    signature: bytes(2048),
    userHandle: bytes(64).nullish(),
  }),
});

export type RegistrationResponse = z.infer<typeof registration>;
export type AssertionResponse = z.infer<typeof assertion>;

function read<T extends { id: string; rawId: string }>(schema: z.ZodType<T>, value: unknown): T {
  const { data } = schema.safeParse(value);
  if (data === undefined) return refuseKey('the answer is misshapen');
  if (data.rawId !== data.id) refuseKey('the answer has two credential ids');
  return data;
}

/** Reads the answer to a registration. Fails with `key_refused`. */
export const readRegistration = (value: unknown): RegistrationResponse => read(registration, value);

/** Reads the answer to an authentication. Fails with `key_refused`. */
export const readAssertion = (value: unknown): AssertionResponse => read(assertion, value);

const clientData = z.object({
  type: z.string(),
  challenge: z.string(),
  origin: z.string(),
  crossOrigin: z.boolean().optional(),
  topOrigin: z.unknown().optional(),
});

/** What the browser itself says of a ceremony (WebAuthn Level 3 §5.8.1). */
export type ClientData = z.infer<typeof clientData>;

/** Reads what the browser signed with the key. Fails with `key_refused`. */
export function readClientData(encoded: string): ClientData {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8'));
  } catch {
    return refuseKey('the client data is no JSON');
  }
  const { data } = clientData.safeParse(parsed);
  return data ?? refuseKey('the client data is misshapen');
}

/** How browsers reach keys, as far as they name ways that exist. */
const transports = ['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb'] as const;
export type Transport = (typeof transports)[number];

/** The ways that exist among those that a text names (a JSON list, as the store keeps it). */
export const transportsIn = (stored: string): Transport[] => [
  ...knownTransports(JSON.parse(stored) as string[]),
];

/** The ways that exist among some names. */
export const knownTransports = (names: readonly string[]): readonly Transport[] =>
  transports.filter((transport) => names.includes(transport));
