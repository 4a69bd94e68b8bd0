// Takes a photo or a scan instead of strokes: checks it, decodes it, keeps it as a data URL.

export const MOST_BYTES = 10_000_000;
// The site reads larger pictures smaller, by a whole factor.
const LONGEST_READ = 2500;
// How files begin: PNG, JPEG, WebP, BMP, TIFF. What the browser says of their type it guesses by name.
const BEGINNINGS = [/^\x89PNG\r\n\x1a\n/, /^\xff\xd8\xff/, /^RIFF[^]{4}WEBP/, /^BM/, /^(II\*\0|MM\0\*)/];

export const NO_PICTURE = "This cannot be read as a picture: use PNG, JPEG, WebP, BMP or TIFF.";

/** A file that is not taken for a picture; its message is a sentence for a person. */
export class BadPicture extends Error {}

/** {file, bitmap}; bitmap is null where this browser cannot show it. Throws BadPicture. */
export async function readPicture(file) {
  const beginning = await firstBytes(file);
  if (!BEGINNINGS.some((one) => one.test(beginning))) throw new BadPicture(NO_PICTURE);
  if (file.size > MOST_BYTES) throw new BadPicture("That picture is over 10 MB. Choose a smaller one.");
  return { file, bitmap: await createImageBitmap(file).catch(() => null) };
}

// As a string of characters 0 to 255; empty where there is nothing to read, as in a folder.
async function firstBytes(file) {
  const bytes = await file.slice(0, 12).arrayBuffer().catch(() => new ArrayBuffer(0));
  return String.fromCharCode(...new Uint8Array(bytes));
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

/** The picture as text, to keep in the browser: {url, name}. */
export async function asText({ file }) {
  return { url: await asDataUrl(file), name: file.name };
}

/** What was kept as text, as form data for the API. */
export function formOf({ url, name }) {
  return asForm({ file: fromDataUrl(url, name) });
}

function asDataUrl(file) {
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

/** The file in a drop or a paste, a picture before others; null where there is none. */
export function fileIn(transfer) {
  const files = Array.from(transfer?.files ?? []);
  return files.find((file) => file.type.startsWith("image/")) ?? files[0] ?? null;
}
