// Talks to the API. Every failure is an ApiError whose message is a sentence for a person.

const WORDS = {
  0: "The site cannot be reached. Check the connection; nothing is lost.",
  401: "You are signed out.",
  413: "That is too large.",
  429: "Too many at once. Wait a moment.",
  500: "The site has a fault. Nothing is lost; try again.",
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
    return this.status === 401 || (this.status === 403 && /csrf|credentials/i.test(this.message));
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
  const data = response.status === 204 ? null : await response.json();
  return { status: response.status, data };
}

async function reach(method, url, { body, headers, ...rest }) {
  const form = body instanceof FormData;
  const all = { Accept: "application/json", "X-CSRFToken": cookie("csrftoken"), ...headers };
  // Whose page this is: another tab may have signed somebody else in meanwhile.
  all["X-Person"] = document.body.dataset.person ?? "";
  if (body && !form) all["Content-Type"] = "application/json";
  const sent = form || !body ? body : JSON.stringify(body);
  try {
    return await fetch(url, { method, headers: all, body: sent, ...rest });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError({ message: WORDS[0], code: "unreachable", status: 0 });
  }
}

async function refusal(response) {
  const { status } = response;
  const said = await response.json().catch(() => ({})); // a proxy's page is no JSON
  const message = said.error ?? WORDS[status] ?? (status >= 500 ? WORDS[500] : `Refused (${status}).`);
  const seconds = Number(response.headers.get("Retry-After"));
  const retryAfter = seconds > 0 ? seconds : null;
  return new ApiError({ message, code: said.code ?? "error", status, retryAfter });
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
