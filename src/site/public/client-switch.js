// Remembers which client the install command was last wanted for.
const choices = document.querySelectorAll('[data-clients] input[name="client"]');

try {
  const last = localStorage.getItem('client');
  for (const choice of choices) {
    if (choice.value === last) choice.checked = true;
    choice.addEventListener('change', () => localStorage.setItem('client', choice.value));
  }
} catch {
  // Storage is switched off: npm stays the first choice.
}
