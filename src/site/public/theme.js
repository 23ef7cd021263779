// The theme follows the system until somebody asks for the other one; the choice stays in this browser.
const root = document.documentElement;
const system = matchMedia('(prefers-color-scheme: dark)');

const chosen = read();
if (chosen === 'light' || chosen === 'dark') root.dataset.theme = chosen;

const isDark = () => (root.dataset.theme ? root.dataset.theme === 'dark' : system.matches);

function offer() {
  const button = document.querySelector('[data-theme-switch]');
  if (!button) return;
  const say = () => {
    button.textContent = isDark() ? 'Light theme' : 'Dark theme';
  };
  button.hidden = false;
  say();
  system.addEventListener('change', say);
  button.addEventListener('click', () => {
    const theme = isDark() ? 'light' : 'dark';
    const followsSystem = (theme === 'dark') === system.matches;
    if (followsSystem) delete root.dataset.theme;
    else root.dataset.theme = theme;
    keep(followsSystem ? null : theme);
    say();
  });
}

function read() {
  try {
    return localStorage.getItem('theme');
  } catch {
    return null;
  }
}

function keep(theme) {
  try {
    if (theme === null) localStorage.removeItem('theme');
    else localStorage.setItem('theme', theme);
  } catch {
    // Storage is switched off: the choice holds for this page.
  }
}

if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', offer);
else offer();

// The account menu opens without a script; here it closes when a person goes on elsewhere.
const openMenu = () => document.querySelector('details.account[open]');

const closeMenu = ({ target }) => {
  const menu = openMenu();
  if (menu && !menu.contains(target)) menu.open = false;
};

addEventListener('pointerdown', closeMenu);
addEventListener('focusin', closeMenu);
addEventListener('keydown', ({ key }) => {
  const menu = key === 'Escape' && openMenu();
  if (!menu) return;
  menu.open = false;
  menu.querySelector('summary').focus();
});
