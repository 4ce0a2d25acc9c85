// Browsers offer the clipboard to pages from https and from this machine only; elsewhere the button stays hidden.
async function copy(button) {
  await navigator.clipboard.writeText(button.closest('.command').querySelector('code').textContent);
  button.textContent = 'Copied';
  setTimeout(() => (button.textContent = 'Copy'), 1500);
}

if (navigator.clipboard) {
  for (const button of document.querySelectorAll('.copy')) {
    button.hidden = false;
    button.addEventListener('click', () => void copy(button));
  }
}
