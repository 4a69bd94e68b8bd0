// Answers while the site cannot be reached: with the draw page as a visitor gets it, and all that it
// loads. It is fetched without cookies, so that nothing of anybody is kept.

const KEPT = "draw-page";
const PAGE = "/";
const REFRESH_EVERY = 3_600_000; // milliseconds
let refreshed = 0;

self.addEventListener("install", (event) => event.waitUntil(refresh()));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(visit(event, pathname));
  else if (pathname.startsWith("/static/")) event.respondWith(load(request));
});

async function visit(event, pathname) {
  try {
    const response = await fetch(event.request);
    event.waitUntil(refresh());
    return response;
  } catch {
    if (pathname !== PAGE) return Response.redirect(PAGE);
    const page = await caches.match(PAGE);
    return page ? marked(page) : Response.error();
  }
}

/** The page, which then knows that it is the one for being offline. */
async function marked(page) {
  const html = (await page.text()).replace("<html ", "<html data-offline ");
  const names = ["Content-Type", "Content-Security-Policy"];
  const headers = names.map((name) => [name, page.headers.get(name) ?? ""]);
  return new Response(html, { headers });
}

async function load(request) {
  try {
    return await fetch(request);
  } catch {
    return (await caches.match(request)) ?? Response.error();
  }
}

/** Keeps the page and what it loads as they are now, and nothing older. */
async function refresh() {
  if (Date.now() - refreshed < REFRESH_EVERY) return;
  const page = await fetch(PAGE, { credentials: "omit" });
  if (!page.ok) return;
  const cache = await caches.open(KEPT);
  const seen = new Set([new URL(PAGE, location.href).href]);
  const html = await page.clone().text();
  await keepAll(cache, found(html, /(?:href|src)="(\/static\/[^"]+)"/g, location.href), seen);
  await cache.put(PAGE, page);
  for (const { url } of await cache.keys()) if (!seen.has(url)) await cache.delete(url);
  refreshed = Date.now();
}

/** Keeps these, and the modules that they import. */
async function keepAll(cache, urls, seen) {
  const fresh = urls.filter((url) => !seen.has(url));
  fresh.forEach((url) => seen.add(url));
  await Promise.all(fresh.map(async (url) => {
    const response = await fetch(url);
    if (!response.ok) return;
    const text = url.endsWith(".js") ? await response.clone().text() : "";
    await cache.put(url, response);
    await keepAll(cache, found(text, /^(?:import|export) [^;]*?"(\.[^"]+)";/gm, url), seen);
  }));
}

function found(text, pattern, base) {
  return Array.from(text.matchAll(pattern), ([, url]) => new URL(url, base).href);
}
