// Several drawings of the history at once: ticked one by one, by a range (Shift) or all of a page, then
// labelled or deleted together. Each act can be undone.

import { ApiError, send } from "../shared/api.js";
import { digitOf } from "../shared/drawings.js";

const OFFLINE = "You are offline. Nothing was changed, and what you selected stays selected: try again once you are back online.";

export class Selection {
  #list;
  #bar = document.getElementById("selection");
  #all = document.getElementById("select-all");
  #last = null; // the tile that was ticked last: a range begins there
  #outbox;
  #on;

  /**
   * What is said of single drawings goes through `outbox`, and each act takes its turn there.
   * `on.shown(tile, drawing)`: a drawing has changed; `on.done(words, undo)`: an act is done, undo() takes
   * it back and returns [words, tiles], or raises ApiError; `on.refused(error)`: an ApiError.
   */
  constructor(list, outbox, on) {
    this.#list = list;
    this.#outbox = outbox;
    this.#on = on;
    list.addEventListener("click", (event) => { if (event.target.matches("[data-do=select]")) this.#ticked(event); });
    this.#all.addEventListener("change", () => this.#tick(this.#tiles, this.#all.checked));
    this.#bar.addEventListener("click", (event) => {
      const { digit, act } = event.target.closest("button")?.dataset ?? {};
      if (digit !== undefined) this.label(digitOf(digit));
      else if (act === "delete") this.#try(() => this.#delete());
      else if (act === "clear") this.clear();
    });
    this.#tick(this.#tiles, false); // what the browser remembers of an earlier visit
  }

  get #tiles() { return Array.from(this.#list.children); }
  get #chosen() { return this.#tiles.filter((tile) => box(tile).checked); }

  toggle(tile) {
    if (!tile) return false;
    this.#last = tile;
    return this.#tick([tile], !box(tile).checked);
  }

  /** Whether drawings are selected, and nothing is being done to them yet. */
  get awaitsAct() { return this.#chosen.length > 0 && !this.#bar.inert; }

  label(digit) { this.#try(() => this.#label(digit)); }

  /** False where nothing was selected. */
  clear() {
    if (!this.#chosen.length) return false;
    if (this.#bar.contains(document.activeElement)) this.#focusOnTile();
    return this.#tick(this.#tiles, false);
  }

  /** Goes on at the tile that was ticked last, or at the first. */
  #focusOnTile() {
    const tile = this.#list.contains(this.#last) ? this.#last : this.#list.firstElementChild;
    (tile?.querySelector("[data-part=link]") ?? this.#all).focus();
  }

  #ticked({ target, shiftKey }) {
    const tiles = this.#tiles;
    const here = tiles.indexOf(target.closest("li"));
    const from = shiftKey && this.#last ? tiles.indexOf(this.#last) : here;
    this.#last = tiles[here];
    this.#tick(tiles.slice(Math.min(from, here), Math.max(from, here) + 1), target.checked);
  }

  #tick(tiles, checked) {
    for (const tile of tiles) {
      box(tile).checked = checked;
      tile.toggleAttribute("data-selected", checked);
    }
    const count = this.#chosen.length;
    this.#bar.hidden = count === 0;
    this.#bar.querySelector("[data-part=count]").textContent = `${count} selected`;
    this.#all.checked = count > 0 && count === this.#tiles.length;
    this.#all.indeterminate = count > 0 && !this.#all.checked;
  }

  /** Acts on what is selected. The bar is inert meanwhile, and keeps the focus if that is refused. */
  async #try(act) {
    const button = this.#bar.contains(document.activeElement) ? document.activeElement : null;
    this.#bar.inert = true;
    try {
      await act();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#on.refused(error);
    } finally {
      this.#bar.inert = false;
    }
    // Who has gone elsewhere meanwhile stays there.
    if (!button || ![document.body, button].includes(document.activeElement)) return;
    if (this.#bar.hidden) this.#focusOnTile();
    else button.focus();
  }

  async #label(digit) {
    const tiles = this.#chosen;
    const before = new Map();
    for (const tile of tiles) before.set(tile.dataset.mine, [...(before.get(tile.dataset.mine) ?? []), tile]);
    await this.#send(tiles, { act: "label", digit });
    this.clear();
    this.#on.done(`Labelled ${counted(tiles)} as ${digit ?? "not a digit"}.`, async () => {
      for (const [mine, some] of before) {
        await this.#send(some, mine === "" ? { act: "withdraw" } : { act: "label", digit: digitOf(mine) });
      }
      return [`Undone: ${were(tiles)}.`, tiles];
    });
  }

  async #delete() {
    const tiles = this.#chosen;
    await this.#send(tiles, { act: "delete" });
    this.clear();
    const order = this.#tiles;
    if (tiles.includes(this.#last)) this.#last = order.slice(order.indexOf(this.#last)).find((tile) => !tiles.includes(tile));
    tiles.forEach((tile) => tile.remove());
    const stay = tiles.length === 1 ? "It stays" : "They stay";
    this.#on.done(`${counted(tiles)} deleted. ${stay} under “Recently deleted” for 30 days.`, async () => {
      await this.#send(tiles, { act: "restore" });
      this.#list.replaceChildren(...order.filter((tile) => this.#list.contains(tile) || tiles.includes(tile)));
      return [`${counted(tiles)} brought back.`, tiles];
    });
  }

  /** Raises ApiError where the site has not done it, or where nobody knows whether it has. */
  async #send(tiles, what) {
    const drawings = tiles.map((tile) => Number(tile.dataset.drawing));
    const url = this.#bar.dataset.url;
    const { data } = await this.#outbox.inTurn(async () => {
      if (!navigator.onLine) throw new ApiError({ message: OFFLINE, code: "held_up", status: 0 });
      return send("POST", url, { body: { ...what, drawings } });
    });
    const found = new Map(tiles.map((tile) => [Number(tile.dataset.drawing), tile]));
    data.drawings.forEach((drawing) => this.#on.shown(found.get(drawing.id), drawing));
  }
}

function box(tile) {
  return tile.querySelector("[data-do=select]");
}

function counted({ length }) {
  return length === 1 ? "1 drawing" : `${length} drawings`;
}

function were(tiles) {
  return `${counted(tiles)} ${tiles.length === 1 ? "is as it was" : "are as they were"}`;
}
