// The browser's storage, which people may block and which may be full: then what is kept lasts as
// long as the page.

class Store {
  #area;
  #meanwhile = new Map();

  /** `area` returns localStorage or sessionStorage: merely to name one throws where it is blocked. */
  constructor(area) {
    this.#area = area;
  }

  /** What is kept under a name, or null. */
  get(name) {
    return this.#meanwhile.get(name) ?? this.#try((area) => area.getItem(name)) ?? null;
  }

  /** Keeps a text. False where it will be gone with the page. */
  set(name, text) {
    this.#meanwhile.delete(name);
    const kept = this.#try((area) => { area.setItem(name, text); return true; }) ?? false;
    if (kept) return true;
    this.remove(name); // an older text must not come back in its place
    this.#meanwhile.set(name, text);
    return false;
  }

  remove(name) {
    this.#meanwhile.delete(name);
    this.#try((area) => area.removeItem(name));
  }

  #try(act) {
    try {
      return act(this.#area());
    } catch (error) {
      if (error.name !== "SecurityError" && error.name !== "QuotaExceededError") throw error;
      return undefined;
    }
  }
}

export const inBrowser = new Store(() => localStorage);
export const inTab = new Store(() => sessionStorage);
