// Keeps an unsaved sheet in this tab, so that a reload, a sign-in or a sign-up loses nothing.

import { inTab } from "../shared/storage.js";
import { asText, fromDataUrl, readPicture } from "../shared/picture.js";

const NAME = "draft";

/** Keeps the ink and the key it would be saved under. False where the browser has no room. */
export async function keepDraft(person, ink, key) {
  if (ink.isBlank) return forgetDraft();
  const draft = { person, key, ...(ink.picture ? {} : { data: ink.asData() }) };
  if (ink.picture) draft.picture = await asText(ink.picture);
  return inTab.set(NAME, JSON.stringify(draft));
}

/** Puts back into `ink` what this person, or the visitor this person was, left. Returns its key. */
export async function restoreDraft(person, ink) {
  const draft = JSON.parse(inTab.get(NAME) ?? "null");
  if (!draft || (draft.person !== "" && draft.person !== person)) return null;
  if (draft.picture) {
    ink.place(await readPicture(fromDataUrl(draft.picture.url, draft.picture.name)));
  } else {
    ink.restore(draft.data);
  }
  return draft.key;
}

export function forgetDraft() {
  inTab.remove(NAME);
  return true;
}
