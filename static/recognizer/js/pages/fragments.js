// Fills every [data-fragment] with what its address says; a link inside it stays where none comes.

async function fill(place) {
  const headers = { "X-Fragment": "1" };
  const response = await fetch(place.dataset.fragment, { headers }).catch(() => null);
  if (!response?.ok || response.redirected) return;
  place.innerHTML = await response.text();
}

document.querySelectorAll("[data-fragment]").forEach(fill);
