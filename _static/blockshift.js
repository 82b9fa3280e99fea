// What is too wide for the column scrolls in a box of its own. No style sheet can tell which boxes do, so two classes
// are set here: "wide" on inline formulas that need such a box (a box that scrolls has no baseline, so only those that
// need it may become one), and "more" on boxes that have more to show on their right.
(() => {
  "use strict";

  const inline = () => document.querySelectorAll("span.math > mjx-container");
  const boxes = () => document.querySelectorAll(".math > mjx-container, .pst-scrollable-table-container, .bd-article pre");

  const showMore = (box) => {
    const left = box.scrollWidth - box.clientWidth - box.scrollLeft;
    box.classList.toggle("more", left > 2 && getComputedStyle(box).overflowX === "auto");
  };

  const measure = () => {
    for (const formula of inline()) {
      const block = formula.closest("p, li, dd, dt, figcaption, h1, h2, h3, h4");
      formula.classList.remove("wide");
      if (block && formula.offsetWidth > block.clientWidth) formula.classList.add("wide");
    }
    for (const box of boxes()) {
      box.onscroll = () => showMore(box);
      showMore(box);
    }
  };

  // Read from the disk, a page may not fetch the data for speaking formulas; MathJax would then draw none at all. So
  // there its menu is left out, before MathJax starts, and with it a wish that was stored on another day.
  const onDisk = () => {
    if (location.protocol === "file:" && window.MathJax) {
      window.MathJax.options = { ...window.MathJax.options, enableMenu: false };
      localStorage.removeItem("MathJax-Menu-Settings");
    }
  };
  document.addEventListener("readystatechange", onDisk, { once: true });

  let waiting;
  document.addEventListener("DOMContentLoaded", () => {
    measure();
    // A page without formulas has no MathJax; on the others widths are known when it is done.
    window.MathJax?.startup?.promise?.then(measure);
    window.addEventListener("resize", () => {
      clearTimeout(waiting);
      waiting = setTimeout(measure, 150);
    });
  });
})();
