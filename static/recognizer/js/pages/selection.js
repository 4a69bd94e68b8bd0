// Several drawings of the history at once: ticked one by one, by a range (Shift) or all of a page, then
// labelled or deleted together. Each act can be undone.

import { ApiError, send } from "../shared/api.js";
import { digitOf } from "../shared/drawings.js";

export class Selection {
  #list;
  #bar = document.getElementById("selection");
  #all = document.getElementById("select-all");
  #last = null; // the tile that was ticked last: a range begins there
  #on;

  /**
   * `on.shown(tile, drawing)`: a drawing has changed; `on.done(words, undo)`: an act is done, undo() takes
   * it back; `on.refused(words)`.
   */
  constructor(list, on) {
    this.#list = list;
    this.#on = on;
    list.addEventListener("click", (event) => { if (event.target.matches("[data-do=select]")) this.#ticked(event); });
    this.#all.addEventListener("change", () => this.#tick(this.#tiles, this.#all.checked));
    this.#bar.addEventListener("click", (event) => {
      const { digit, act } = event.target.closest("button")?.dataset ?? {};
      if (digit !== undefined) this.#label(digitOf(digit));
      else if (act === "delete") this.#delete();
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

  /** False where nothing was selected. */
  clear() {
    if (!this.#chosen.length) return false;
    if (this.#bar.contains(document.activeElement)) this.#all.focus();
    return this.#tick(this.#tiles, false);
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

  async #label(digit) {
    const tiles = this.#chosen;
    const before = new Map();
    for (const tile of tiles) before.set(tile.dataset.mine, [...(before.get(tile.dataset.mine) ?? []), tile]);
    const word = digit === null ? "not a digit" : digit;
    if (!(await this.#act(tiles, { act: "label", digit }))) return;
    this.clear();
    this.#on.done(`Labelled ${counted(tiles)} as ${word}.`, async () => {
      for (const [mine, some] of before) {
        const said = mine === "" ? { act: "withdraw" } : { act: "label", digit: digitOf(mine) };
        if (!(await this.#act(some, said))) return false;
      }
      return `Undone: ${were(tiles)}.`;
    });
  }

  async #delete() {
    const tiles = this.#chosen;
    const order = this.#tiles;
    if (!(await this.#act(tiles, { act: "delete" }))) return;
    this.clear();
    tiles.forEach((tile) => tile.remove());
    const stay = tiles.length === 1 ? "It stays" : "They stay";
    this.#on.done(`${counted(tiles)} deleted. ${stay} under “Recently deleted” for 30 days.`, async () => {
      if (!(await this.#act(tiles, { act: "restore" }))) return false;
      this.#list.replaceChildren(...order.filter((tile) => this.#list.contains(tile) || tiles.includes(tile)));
      return `${counted(tiles)} brought back.`;
    });
  }

  /** Whether the site has done it. */
  async #act(tiles, what) {
    const drawings = tiles.map((tile) => Number(tile.dataset.drawing));
    this.#bar.inert = true;
    try {
      const { data } = await send("POST", this.#bar.dataset.url, { body: { ...what, drawings } });
      const found = new Map(tiles.map((tile) => [Number(tile.dataset.drawing), tile]));
      data.drawings.forEach((drawing) => this.#on.shown(found.get(drawing.id), drawing));
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#on.refused(`Nothing was changed. ${error.message}`);
      return false;
    } finally {
      this.#bar.inert = false;
    }
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
