"use strict";
(() => {
  const form = document.querySelector("form.filter");
  const articles = [...document.querySelectorAll("article")];
  const papers = [...document.querySelectorAll("section.paper")];
  const shown = form.querySelector(".shown"), none = document.querySelector(".none");
  const greek = { alpha: "α", beta: "β", gamma: "γ", delta: "δ", epsilon: "ε", lambda: "λ", mu: "μ", rho: "ρ",
    sigma: "σ", tau: "τ", theta: "θ", omega: "ω", infinity: "∞" };
  let texts = null;
  const textOf = (article) => {
    const labels = [...article.querySelectorAll("[aria-label]")].map((x) => x.getAttribute("aria-label"));
    return (article.textContent + " " + labels.join(" ")).toLowerCase().replace(/\s+/g, " ");
  };
  const filter = () => {
    const wanted = form.elements.text.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    if (wanted.length && !texts) texts = articles.map(textOf);
    let count = 0;
    articles.forEach((article, i) => {
      const fits = ["verdict", "scope", "paper"].every((name) => {
        const value = form.elements[name].value;
        return form.elements[name].selectedIndex === 0 || article.dataset[name] === value;
      });
      const found = wanted.every((word) => texts[i].includes(word) || (greek[word] && texts[i].includes(greek[word])));
      article.hidden = !(fits && found);
      count += fits && found;
    });
    papers.forEach((paper) => { paper.hidden = !paper.querySelector("article:not([hidden])"); });
    shown.textContent = `${count} of ${articles.length}`;
    none.hidden = count > 0;
  };
  const reset = () => { form.reset(); filter(); };
  const reveal = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target || target.tagName !== "ARTICLE") return;
    if (target.hidden) reset();
    target.querySelector("details").open = true;
    target.scrollIntoView();
  };
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("keydown", (event) => { if (event.key === "Escape") reset(); });
  document.querySelector(".reset").addEventListener("click", reset);
  document.querySelectorAll("[data-open]").forEach((button) => button.addEventListener("click", () => {
    articles.filter((article) => !article.hidden)
      .forEach((article) => { article.querySelector("details").open = Boolean(button.dataset.open); });
  }));
  document.querySelectorAll("svg.graph a").forEach((box) => {
    const mark = (on) => box.closest("svg").querySelectorAll(".arrow").forEach((arrow) => {
      const touched = arrow.dataset.from === box.dataset.id || arrow.dataset.to === box.dataset.id;
      arrow.classList.toggle("lit", on && touched);
    });
    for (const [name, on] of [["pointerenter", 1], ["focus", 1], ["pointerleave", 0], ["blur", 0]])
      box.addEventListener(name, () => mark(Boolean(on)));
  });
  addEventListener("hashchange", reveal);
  document.addEventListener("click", (event) => {
    // A second click on the same address changes no hash.
    const link = event.target.closest("a[href^='#']");
    if (link && link.getAttribute("href") === location.hash) reveal();
  });
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((x) => { x.open = true; }));
  form.hidden = false;
  document.querySelector(".hint").hidden = articles.length === 0;
  filter();
  reveal();
})();
