// On a page of the book the stage leaves the column of the text, for the whole window. It lies over the theme's two
// lists of contents, which give way while it stands in the middle of the window.

const MIDDLE = { rootMargin: "-50% 0% -50% 0%" };
const there = new Set();

// Gives what ends it. In a notebook there is nothing to leave; on the front page, and where it says so, a figure stays in
// its place.
export function breakOut(root) {
  const article = root.closest(".bd-article");
  if (!article || article.classList.contains("front") || "stays" in root.dataset) return () => {};
  const page = document.documentElement;
  root.classList.add("full-width"); // the theme's word, by which its list on the right gives way
  // Where the column begins is for the theme to say.
  const place = () => {
    root.style.setProperty("--column", `${root.parentElement.getBoundingClientRect().left}px`);
    root.style.setProperty("--window", `${page.clientWidth}px`);
  };
  const give = (gives) => {
    there[gives && !root.closest(".opening:not(.whole)") ? "add" : "delete"](root); // a small stage takes nobody's place
    page.toggleAttribute("data-stage", there.size > 0);
  };
  const sized = new ResizeObserver(place);
  const seen = new IntersectionObserver(([{ isIntersecting }]) => give(isIntersecting), MIDDLE);
  for (const each of [page, article]) sized.observe(each);
  seen.observe(root);
  place();
  return () => {
    sized.disconnect();
    seen.disconnect();
    give(false);
  };
}
