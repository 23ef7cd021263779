// "Copy" and "Print": both are hidden until this runs, because without it they would do nothing.
const status = document.createElement('span');
status.className = 'hush';
status.role = 'status';
document.body.append(status);

for (const button of document.querySelectorAll('[data-copy]')) {
  const words = button.textContent;
  let timer;
  button.hidden = false;
  button.addEventListener('click', async () => {
    clearTimeout(timer);
    const copied = await write(button);
    button.textContent = copied ? 'Copied' : 'Press Ctrl+C';
    status.textContent = copied ? 'Copied to the clipboard' : 'Selected; press Ctrl+C to copy';
    timer = setTimeout(() => {
      button.textContent = words;
      status.textContent = '';
    }, 2500);
  });
}

for (const button of document.querySelectorAll('[data-print]')) {
  button.hidden = false;
  button.addEventListener('click', () => window.print());
}

/** Plain http has no clipboard: then the text beside the button is selected, for the keyboard to copy. */
async function write(button) {
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    return true;
  } catch {
    const beside = button.parentElement.querySelector('code');
    if (beside) getSelection().selectAllChildren(beside);
    return false;
  }
}
