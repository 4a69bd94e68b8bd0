// "Read your way: like this 9 of 12 March": says which drawing of one's own decided, with its picture.

/** Shows in `element`, if there is one, why an answer was read the way the person writes. */
export function showLikeness(element, answer) {
  if (!element) return;
  const words = answer?.words.personal ?? "";
  element.replaceChildren();
  if (!words) return;
  const exemplar = answer.personal?.exemplar;
  if (exemplar) element.append(pictureOf(element.dataset, exemplar.drawing));
  const alone = Object.assign(document.createElement("span"), { className: "soft", textContent: answer.words.alone });
  const said = document.createElement("span");
  said.append(words, " ", alone);
  element.append(said);
}

function pictureOf(addresses, drawing) {
  const link = document.createElement("a");
  link.href = addresses.drawing.replace("/0/", `/${drawing}/`);
  const picture = Object.assign(document.createElement("img"), {
    src: addresses.thumbnail.replace("/0/", `/${drawing}/`),
    width: 44,
    height: 44,
    alt: `Drawing ${drawing}`,
  });
  link.append(picture);
  return link;
}
