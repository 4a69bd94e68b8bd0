// Light or dark, as the system is or as the reader chose.

const system = matchMedia("(prefers-color-scheme: dark)");
const changes = new EventTarget();
system.addEventListener("change", () => changes.dispatchEvent(new Event("change")));

/** Calls what draws in colours of the page when they change. Returns what stops that. */
export function onThemeChange(act) {
  changes.addEventListener("change", act);
  return () => changes.removeEventListener("change", act);
}

/** Lets a list choose "system", "light" or "dark"; pages come that way from then on. */
export function bindThemes(list) {
  const page = document.documentElement;
  list.value = page.dataset.theme || "system";
  list.addEventListener("change", () => {
    const lasts = list.value === "system" ? 0 : 31536000;
    document.cookie = `theme=${list.value}; path=/; max-age=${lasts}; SameSite=Lax`;
    page.dataset.theme = list.value;
    changes.dispatchEvent(new Event("change"));
  });
}
