// The line of the draw page that tells of what waits in the browser, and that it was sent.

const KEPT = ["is kept here and will be sent later", "are kept here and will be sent later"];

export class OutboxLine {
  #line;
  #signUp;
  #sent = 0;
  #refused = [];

  /** The page's [data-part=outbox]; a visitor's holds the link for signing up. */
  constructor(page) {
    this.#line = page.querySelector("[data-part=outbox]");
    this.#signUp = this.#line.querySelector("a");
    this.#line.replaceChildren();
  }

  /** So many wait, for this reason: null where it is the same as before. */
  show(count, trouble) {
    if (this.#signUp) this.#showVisitors(count);
    else if (count && trouble) this.#tell(`${things(count, KEPT)}. ${trouble}`);
    else if (!count) this.#tell(this.#sent ? `${things(this.#sent, ["that waited here is saved", "that waited here are saved"])}.` : "");
  }

  /** One more was sent. */
  sent() { this.#sent += 1; }

  /** The site will never take one, for this reason. */
  refused(words) { this.#refused.push(words); }

  #showVisitors(count) {
    this.#line.replaceChildren();
    if (count) this.#line.append(`${things(count)} in this browser. `, this.#signUp, " and it learns from you.");
  }

  #tell(words) {
    this.#line.textContent = [words, ...this.#refused].join(" ").trim();
  }
}

function things(count, [one, many] = ["waits", "wait"]) {
  return count === 1 ? `1 drawing ${one}` : `${count} drawings ${many}`;
}
