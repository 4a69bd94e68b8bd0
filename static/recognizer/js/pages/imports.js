// The form of an import: says that a file is too large before it is sent.

import { MOST_BYTES } from "../shared/picture.js";

const field = document.querySelector("input[type=file]");

field.addEventListener("change", () => {
  const tooLarge = field.files[0]?.size > MOST_BYTES;
  field.setCustomValidity(tooLarge ? "The file is larger than 10 MB: split it or gzip it." : "");
  field.reportValidity();
});
