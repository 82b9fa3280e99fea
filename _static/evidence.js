// On the register's page: leave the claims of one part, kind and verdict, and light up the arrows of a claim. Without
// this script every claim is shown and the form stays hidden.
(() => {
  "use strict";

  const choose = (form) => {
    const sections = [...document.querySelectorAll(".register > section")];
    const status = form.querySelector("[role=status]");

    const show = () => {
      const chosen = [...form.querySelectorAll("select")].filter((select) => select.value);
      for (const section of sections) {
        section.hidden = !chosen.every((select) => section.dataset[select.name] === select.value);
      }
      for (const list of document.querySelectorAll(".register")) {
        const empty = !list.querySelector("section:not([hidden])");
        list.previousElementSibling.hidden = empty;
      }
      const left = sections.filter((section) => !section.hidden).length;
      status.textContent = `${left} of ${sections.length} claims shown`;
    };

    // A link to a claim that was not chosen shows all of them again.
    const arrive = () => {
      const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
      if (target?.hidden) {
        form.reset();
        show();
        target.scrollIntoView();
      }
    };

    form.hidden = false;
    form.addEventListener("change", show);
    form.addEventListener("submit", (event) => event.preventDefault());
    // The fields are empty only after the event.
    form.addEventListener("reset", () => setTimeout(show));
    window.addEventListener("hashchange", arrive);
    show();
  };

  const point = (drawing) => {
    const arrows = [...drawing.querySelectorAll(".uses-arrow")];
    const light = (name) => {
      drawing.classList.toggle("uses-pointed", Boolean(name));
      for (const arrow of arrows) {
        arrow.classList.toggle("near", name === arrow.dataset.from || name === arrow.dataset.to);
      }
    };
    for (const box of drawing.querySelectorAll(".uses-box")) {
      for (const event of ["pointerenter", "focus"]) box.addEventListener(event, () => light(box.dataset.id));
      for (const event of ["pointerleave", "blur"]) box.addEventListener(event, () => light(""));
    }
  };

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("form.register-filter").forEach(choose);
    document.querySelectorAll(".uses-window").forEach(point);
  });
})();
