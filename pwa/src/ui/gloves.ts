/** Thick gloves: everything to press is larger, on this phone, until they are taken off. */

const GLOVES = "batchspine.gloves";

/** Say whether this phone is worked with thick gloves. */
export function areGlovesOn(): boolean {
  return localStorage.getItem(GLOVES) !== null;
}

/** Put the gloves on or off. */
export function wearGloves(isOn: boolean): void {
  if (isOn) localStorage.setItem(GLOVES, "yes");
  else localStorage.removeItem(GLOVES);
  showGloves();
}

/** Let the page have the size the gloves need. */
export function showGloves(): void {
  document.documentElement.toggleAttribute("data-gloves", areGlovesOn());
}
