// The theme somebody chose before; without one the system's stands (styles.css: color-scheme).
try {
  const theme = localStorage.getItem("farthing-theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be refused; then the system's theme stands.
}
