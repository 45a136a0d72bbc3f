/** Keeps the end of the page in view while it grows, unless the reader scrolled up. */

/** How far from the end still counts as at the end, in CSS pixels. */
const slack = 40;

/**
 * Follows the end of the document.
 *
 * @returns `grew`, to be called after each change of height, and `toEnd`, which goes there and follows again
 */
export function followEnd(latest: HTMLButtonElement): { grew: () => void; toEnd: () => void } {
  const page = document.documentElement;
  const distance = (): number => page.scrollHeight - page.clientHeight - window.scrollY;
  let isFollowing = true;
  let before = window.scrollY;

  const toEnd = (): void => {
    isFollowing = true;
    latest.hidden = true;
    window.scrollTo({ top: page.scrollHeight, behavior: "instant" });
  };
  const grew = (): void => {
    if (isFollowing) toEnd();
    else latest.hidden = distance() <= slack;
  };
  window.addEventListener(
    "scroll",
    () => {
      const isAtEnd = distance() <= slack;
      if (isAtEnd) isFollowing = true;
      else if (window.scrollY < before) isFollowing = false;
      before = window.scrollY;
      latest.hidden = isFollowing;
    },
    { passive: true },
  );
  latest.addEventListener("click", toEnd);
  return { grew, toEnd };
}
