// Security keys and passkeys: asks the browser for one and puts its answer into the form that wants it.
import {
  browserSupportsWebAuthn,
  startAuthentication,
  startRegistration,
  WebAuthnAbortService,
} from '@simplewebauthn/browser';

const { ceremony } = document.querySelector('[data-ceremony]')?.dataset ?? {};

/** What the browser is to ask for. */
async function ask(form, wish) {
  const answer = await fetch(ceremony, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ form: form.elements.form.value, ...wish }),
  });
  if (!answer.ok) throw new Error('The server did not answer. Load the page again.');
  return answer.json();
}

const touch = async (form, wish, rest = {}) =>
  JSON.stringify(await startAuthentication({ optionsJSON: await ask(form, wish), ...rest }));

const register = async (form) =>
  JSON.stringify(await startRegistration({ optionsJSON: await ask(form, { purpose: 'register' }) }));

/** Says what went wrong beside the button; an answer that a person broke off is no fault. */
function complain(form, thrown) {
  const place = form.querySelector('[data-key-problem]');
  if (!place) return;
  place.hidden = false;
  place.textContent =
    thrown.name === 'NotAllowedError' || thrown.name === 'AbortError'
      ? 'No security key answered. Try again.'
      : thrown.name === 'InvalidStateError'
        ? 'This security key is registered already.'
        : thrown.message;
}

const send = (form, button) => {
  // A code and a password are asked of those who have no key at hand.
  for (const field of form.querySelectorAll('[name="code"]')) field.required = false;
  if (button.dataset.key === 'sign-in') for (const field of form.elements) field.required = false;
  // Where the form has several ways to send it, the key's button names the one that it stands for.
  form.requestSubmit(form.querySelector(`[type="submit"][name="${button.dataset.submit}"]`));
};

async function run(button) {
  const { form } = button;
  const { key: purpose, operation } = button.dataset;
  try {
    if (purpose === 'register') {
      const code = form.elements.code;
      if (form.elements.key && code && code.value.trim() === '')
        form.elements.key.value = await touch(form, { purpose: 'step-up', operation });
      form.elements.credential.value = await register(form);
    } else form.elements.key.value = await touch(form, operation ? { purpose, operation } : { purpose });
    send(form, button);
  } catch (thrown) {
    complain(form, thrown);
  }
}

if (browserSupportsWebAuthn())
  for (const button of document.querySelectorAll('button[data-key]')) {
    button.hidden = false;
    button.addEventListener('click', () => {
      const { form } = button;
      for (const field of form.querySelectorAll('[name="code"]')) field.required = false;
      if (button.dataset.key !== 'sign-in' && !form.reportValidity()) return;
      run(button);
    });
  }

// Passkeys among the names that the browser offers to fill in.
const offered = document.querySelector('[autocomplete~="webauthn"]');
if (offered && (await PublicKeyCredential.isConditionalMediationAvailable?.())) {
  const button = offered.form.querySelector('[data-key="sign-in"]');
  try {
    offered.form.elements.key.value = await touch(
      offered.form,
      { purpose: 'sign-in' },
      { useBrowserAutofill: true },
    );
    send(offered.form, button);
  } catch {
    // The person went another way.
  }
}
addEventListener('pagehide', () => WebAuthnAbortService.cancelCeremony());
