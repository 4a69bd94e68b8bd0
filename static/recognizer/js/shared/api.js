// Talks to the API. Every failure is an ApiError whose message is a sentence for a person.

const WORDS = {
  0: "The site cannot be reached. Check your connection; nothing is lost.",
  401: "You are signed out.",
  413: "That is too large.",
  429: "Too many requests at once. Wait a moment.",
  500: "Something went wrong on the site. Nothing is lost; try again.",
};

export class ApiError extends Error {
  constructor({ message, code, status, retryAfter = null }) {
    super(message);
    this.code = code;
    this.status = status;
    this.retryAfter = retryAfter;
  }

  /** Signed out, or the session changed under the page. */
  get signedOut() {
    return this.status === 401;
  }

  /** Whether nobody here knows if the site has done it, perhaps in part. */
  get unknown() {
    return (this.status === 0 && this.code !== "held_up") || this.status >= 500;
  }

  /** Whether the same request may succeed later. */
  get passing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/**
 * Sends `body` (an object as JSON, or FormData) and returns {status, data}. Raises ApiError.
 * The rest (signal, keepalive) is fetch's.
 */
export async function send(method, url, { body, headers = {}, ...rest } = {}) {
  const response = await reach(method, url, { body, headers, ...rest });
  if (!response.ok) throw await refusal(response);
  const data = response.status === 204 ? null : await arrived(response.json());
  return { status: response.status, data };
}

/**
 * Gets an address as a fragment of HTML, a DocumentFragment; null where there is none (204).
 * Raises ApiError.
 */
export async function getFragment(url) {
  const headers = { Accept: "text/html", "X-Fragment": "1" };
  const response = await reach("GET", url, { headers });
  // Who is signed out is sent on to the page for signing in.
  if (response.redirected) throw signedOut();
  if (!response.ok) throw await refusal(response);
  if (response.status === 204) return null;
  return document.createRange().createContextualFragment(await arrived(response.text()));
}

function reach(method, url, { body, headers, ...rest }) {
  const form = body instanceof FormData;
  const all = { Accept: "application/json", "X-CSRFToken": cookie("csrftoken"), ...headers };
  // Whose page this is: another tab may have signed somebody else in meanwhile.
  all["X-Person"] = document.body.dataset.person ?? "";
  if (body && !form) all["Content-Type"] = "application/json";
  const sent = form || !body ? body : JSON.stringify(body);
  return arrived(fetch(url, { method, headers: all, body: sent, ...rest }));
}

/** What a promise of the network brings. Raises ApiError where the line breaks. */
async function arrived(promise) {
  try {
    return await promise;
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError({ message: WORDS[0], code: "unreachable", status: 0 });
  }
}

async function refusal(response) {
  const said = await response.json().catch(() => ({})); // a proxy's page is no JSON
  const forbidden = response.status === 403 && /csrf|credentials/i.test(said.error ?? "");
  if (forbidden || response.status === 401) return signedOut();
  const { status } = response;
  const message = said.error ?? WORDS[status] ?? (status >= 500 ? WORDS[500] : `Refused (${status}).`);
  const seconds = Number(response.headers.get("Retry-After"));
  const retryAfter = seconds > 0 ? seconds : null;
  return new ApiError({ message, code: said.code ?? "error", status, retryAfter });
}

function signedOut() {
  return new ApiError({ message: WORDS[401], code: "signed_out", status: 401 });
}

function cookie(name) {
  const found = document.cookie.split("; ").find((each) => each.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

/** A key that makes a repeated request the same request. Needs no https, unlike randomUUID. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function wait(milliseconds) {
  return new Promise((resolve) => { setTimeout(resolve, milliseconds); });
}
