// What a key press means, whatever the layout of the keyboard.

const DIGIT = /^\p{Nd}$/u;
const LATIN = /^[a-z]$/;

/**
 * The name of a pressed key: "z", "5", "Enter", with "Ctrl+" and "Shift+" before it; "" with Alt.
 * A letter is what the key writes, where that is Latin; else what stands there on a Latin keyboard,
 * so that Z is Z on a Cyrillic one. A digit of any script is that digit.
 */
export function nameOf(event) {
  if (event.altKey) return "";
  const name = digitOf(event) ?? letterOf(event) ?? event.key;
  const control = event.ctrlKey || event.metaKey ? "Ctrl+" : "";
  const shift = event.shiftKey && (LATIN.test(name) || name.length > 1) ? "Shift+" : "";
  return control + shift + name;
}

function digitOf(event) {
  if (DIGIT.test(event.key)) return String(digitValue(event.key.codePointAt(0)));
  const plain = !event.shiftKey && !event.ctrlKey && !event.metaKey;
  // The row above the letters writes "&é…" on a French keyboard, and digits only with Shift.
  return plain && writes(event) ? /^Digit(\d)$/.exec(event.code)?.[1] : undefined;
}

// Unicode places the digits of a script one after the other, from 0 to 9.
function digitValue(place) {
  let zero = place;
  while (DIGIT.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return (place - zero) % 10;
}

function letterOf(event) {
  const letter = event.key.toLowerCase();
  if (LATIN.test(letter)) return letter;
  return writes(event) ? /^Key([A-Z])$/.exec(event.code)?.[1].toLowerCase() : undefined;
}

/** Whether the key writes one character, as letters and digits do. */
function writes(event) {
  return Array.from(event.key).length === 1;
}
