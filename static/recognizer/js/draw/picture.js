// Takes a photo or a scan instead of strokes: checks it, decodes it, keeps it as a data URL.

export const MOST_BYTES = 10_000_000;
// The site reads larger pictures smaller, by a whole factor.
const LONGEST_READ = 2500;
const TYPES = ["image/png", "image/jpeg", "image/webp", "image/bmp", "image/tiff"];

/** {file, bitmap}; bitmap is null where this browser cannot show it. Throws an Error in words. */
export async function readPicture(file) {
  if (!TYPES.includes(file.type)) throw new Error("Choose a PNG, JPEG, WebP, BMP or TIFF picture.");
  if (file.size > MOST_BYTES) throw new Error("That picture is over 10 MB. Choose a smaller one.");
  return { file, bitmap: await createImageBitmap(file).catch(() => null) };
}

/** The size at which the site reads a picture, in which it places what it found. */
export function sizeRead({ bitmap }) {
  if (!bitmap) return { width: 1, height: 1 };
  const factor = Math.ceil(Math.max(bitmap.width, bitmap.height) / LONGEST_READ);
  return { width: Math.ceil(bitmap.width / factor), height: Math.ceil(bitmap.height / factor) };
}

/** The picture as form data for the API. */
export function asForm({ file }) {
  const form = new FormData();
  form.append("image", file, file.name || "picture");
  return form;
}

export function asDataUrl(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

/** The file back from a data URL. (Not by fetch: the policy of the page forbids that.) */
export function fromDataUrl(url, name) {
  const [head, body] = url.split(",");
  const bytes = Uint8Array.from(atob(body), (character) => character.charCodeAt(0));
  return new File([bytes], name, { type: head.slice(5).split(";")[0] });
}

/** The first picture in a drop or a paste, or null. */
export function pictureIn(transfer) {
  return Array.from(transfer?.files ?? []).find((file) => file.type.startsWith("image/")) ?? null;
}
