// What the theme leaves out, for those who listen to a page or go through it by keys: the level of the headings in the
// navigation, names of the two side columns, and a stop at every block that scrolls sideways.
document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("[role=heading]:not([aria-level])").forEach((x) => x.setAttribute("aria-level", "2"));
  for (const [part, name] of [[".sidebar-drawer", "All pages"], [".toc-drawer", "On this page"]])
    document.querySelectorAll(`aside${part}`).forEach((x) => x.setAttribute("aria-label", name));
  const reachable = () =>
    document.querySelectorAll("pre, .table-wrapper, .claim-div").forEach((x) => {
      if (x.scrollWidth > x.clientWidth) x.tabIndex = 0;
      else x.removeAttribute("tabindex");
    });
  reachable();
  addEventListener("resize", reachable);
});
