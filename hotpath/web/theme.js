// A classic script in the head: the chosen theme must hold before the first paint.
(() => {
  const key = 'pipeline-theme';
  const choices = ['auto', 'light', 'dark'];
  const root = document.documentElement;

  const read = () => {
    try {
      return choices.includes(localStorage.getItem(key)) ? localStorage.getItem(key) : 'auto';
    } catch {
      return 'auto';
    }
  };

  const apply = choice => {
    if (choice === 'auto') delete root.dataset.theme;
    else root.dataset.theme = choice;
    dispatchEvent(new Event('themechange'));
  };

  let choice = read();
  apply(choice);

  addEventListener('DOMContentLoaded', () => {
    const button = document.getElementById('theme');
    const show = () => {
      const name = { auto: 'Auto', light: 'Light', dark: 'Dark' }[choice];
      button.textContent = `Theme: ${name}`;
    };
    button.addEventListener('click', () => {
      choice = choices[(choices.indexOf(choice) + 1) % choices.length];
      try {
        localStorage.setItem(key, choice);
      } catch {
        // Private windows may refuse storage; the theme then lasts as long as the page.
      }
      apply(choice);
      show();
    });
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => apply(choice));
    show();
  });
})();
