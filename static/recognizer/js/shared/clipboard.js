// Copying to the clipboard, which browsers allow over https and on localhost alone.

/** Selects the field and copies its value. False where the browser does not let us. */
export async function copy(field) {
  field.focus();
  field.select();
  if (!navigator.clipboard) return false;
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch (error) {
    if (error.name !== "NotAllowedError") throw error;
    return false;
  }
}
