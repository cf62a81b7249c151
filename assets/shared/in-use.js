// Whether somebody uses the page, and what its scripts fetch of this site's pages. That renews the session only where
// somebody does (shared/src/renewal.rs), so that it ends at a screen that nobody uses. Reading alone can't be seen.

// A little longer than a token must be old to be renewed, so that each time that use is told renews it.
const WHILE = 6 * 60_000;

// Whoever opened the page used it.
let used = Date.now();
let told = used;

/** Whether somebody has used the page lately. */
export const isInUse = () => Date.now() - used < WHILE;

/** Tells of use: now and then while it goes on, and at once where somebody comes back to a page that lay unused. */
export const whenUsed = (act) => {
  const note = () => {
    used = Date.now();
    if (used - told < WHILE) return;
    told = used;
    act();
  };
  // A screen reader presses without a pointer.
  const signs = ["pointerdown", "click", "keydown", "input"];
  for (const sign of signs) addEventListener(sign, note, { capture: true, passive: true });
};

/** With what a script asks for a page, or sends a form. */
export const headers = () => ({ accept: "text/html", "page-in-use": isInUse() ? "yes" : "no" });

export const parsed = async (answer) => new DOMParser().parseFromString(await answer.text(), "text/html");

/** A page as it is now, or nothing where it can't be had. Where the session has ended it is the sign-in. */
export const fetched = async (path) => {
  const answer = await fetch(path, { headers: headers() });
  return answer.ok ? parsed(answer) : undefined;
};
