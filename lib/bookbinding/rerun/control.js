// "Run it here", below each statement that has a derivation. Nothing is loaded before the first press.
(() => {
  "use strict";

  const here = new URL("./", document.currentScript.src);
  let worker;
  let busy; // the control whose answer is awaited

  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (typeof value === "boolean") element[name] = value;
      else element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  };

  const plural = (count, one, many = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

  const stop = () => {
    worker?.terminate();
    worker = undefined;
    const control = busy;
    busy = undefined;
    control?.rest();
    return control;
  };

  const ask = (control, request) => {
    const left = stop_others(control);
    left?.tell("Stopped, because another derivation was asked for.");
    if (!worker) {
      worker = new Worker(new URL("worker.mjs", here), { type: "module" });
      worker.onmessage = ({ data }) => busy?.hear(data);
      worker.onerror = () => {
        const waiting = stop();
        waiting?.tell("This browser could not start Python. The command below does the same on your machine.", "odd");
      };
    }
    busy = control;
    worker.postMessage(request);
  };

  // One question at a time: who asks while another waits has that one stopped.
  const stop_others = (control) => (busy && busy !== control ? stop() : undefined);

  class Control {
    constructor(box) {
      this.box = box;
      this.claim = box.dataset.claim;
      const id = (part) => `rerun-${this.claim.toLowerCase()}-${part}`;

      this.shape = make("input", {
        id: id("shape"), type: "text", value: box.dataset.shape, size: "9", spellcheck: "false",
        autocomplete: "off", "aria-describedby": id("help"),
      });
      this.broken = make("input", { id: id("broken"), type: "checkbox" });
      this.run = make("button", { type: "submit", class: "rerun-run" }, "Run it here");
      this.cancel = make("button", { type: "button", class: "rerun-cancel", hidden: true }, "Cancel");
      this.bar = make("progress", { max: "1", "aria-label": `Loading Python for ${this.claim}`, hidden: true });
      // What changes with every percent is for the eye; the stages are spoken.
      this.status = make("p", { class: "rerun-status", role: "status", "aria-live": "polite" });
      this.result = make("div", { class: "rerun-result" });

      const shape = box.dataset.shape
        ? [make("label", { for: id("shape") }, "Widths, input first ", this.shape)]
        : [];
      const form = make("form", { class: "rerun-form", "aria-label": `Run the derivation of ${this.claim} here` },
        this.run, ...shape,
        make("label", { for: id("broken") }, this.broken, ` Break it: ${box.dataset.control}`),
        this.cancel, this.bar);
      const note = box.querySelector(".rerun-note");
      note.id = id("help");
      note.prepend(`The first press loads ${box.dataset.megabytes} MB from this book, and from nowhere else. `);
      box.prepend(form, this.status, this.result);
      form.addEventListener("submit", (event) => { event.preventDefault(); this.start(); });
      this.cancel.addEventListener("click", () => { stop(); this.tell("Cancelled."); this.run.focus(); });
    }

    start() {
      if (busy === this) return;
      this.result.replaceChildren();
      this.box.classList.add("busy");
      this.run.setAttribute("aria-disabled", "true");
      this.cancel.hidden = false;
      this.bar.hidden = false;
      this.bar.removeAttribute("value");
      this.tell("Loading Python.");
      const request = { name: this.claim, broken: this.broken.checked };
      if (this.box.dataset.shape) request.shape = this.shape.value;
      ask(this, request);
    }

    rest() {
      this.box.classList.remove("busy");
      this.run.removeAttribute("aria-disabled");
      this.cancel.hidden = this.bar.hidden = true;
    }

    tell(text, kind = "") {
      if (this.status.textContent !== text) this.status.textContent = text;
      this.status.dataset.kind = kind;
    }

    hear(data) {
      if (data.total) {
        this.bar.value = data.loaded / data.total;
        this.bar.title = `${(data.loaded / 1e6).toFixed(1)} of ${(data.total / 1e6).toFixed(1)} MB`;
      } else if (data.stage) {
        this.bar.removeAttribute("value");
        this.tell(`${data.stage}.`);
      } else if (data.failed) {
        stop();
        this.tell(`This did not work: ${data.failed}. The command below does the same on your machine.`, "odd");
      } else {
        busy = undefined;
        this.rest();
        if (data.found.refused) this.tell(`Not done: ${data.found.refused}`, "odd");
        else this.show(data.found, data.seconds);
      }
    }

    show(found, seconds) {
      this.tell(verdict(found), found.holds ? "good" : "bad");
      const parts = [];
      if (found.expansion) parts.push(expansion(found.expansion));
      if (found.derivation) parts.push(transcript(found.derivation));
      parts.push(make("p", { class: "rerun-by" },
        `${found.python}, SymPy ${found.sympy}, in this page: ${seconds.toFixed(1)} seconds.`));
      this.result.replaceChildren(...parts);
      const formulas = () => this.result.querySelectorAll(".math");
      const reach = () => {
        // What has to be pushed sideways must be within a keyboard's reach.
        for (const box of formulas()) if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      };
      this.result.querySelector("details")?.addEventListener("toggle", reach);
      window.MathJax?.typesetPromise?.([this.result]).then(reach);
    }
  }

  const verdict = ({ id, broken, holds, derivation, expansion }) => {
    const line = derivation ? derivation.lines.findIndex(({ status }) => status === "not verified") : -1;
    const said = [
      broken ? `${id}, broken on purpose, ${holds ? "holds all the same" : "fails as it must"}.` : `${id} ${holds ? "holds" : "fails"}.`,
    ];
    if (line >= 0) said.push(`The derivation breaks at line ${line + 1}.`);
    if (expansion) {
      const left = plural(expansion.residual, "term is", "terms are");
      said.push(`Written out at ${expansion.shape.join("-")}, ${left} left over.`);
      if (broken && !expansion.residual) said.push("At this shape even the broken statement is true; take another one.");
    }
    return said.join(" ");
  };

  const expansion = ({ shape, entries, letters, residual, beginning }) => {
    if (!entries) return make("p", {}, `At ${shape.join("-")} there is no hidden layer, and the statement says nothing.`);
    const text = make("p", {}, "Left over: ", make("strong", { class: "rerun-residual" }, `${residual}`),
      `, in ${plural(entries, "equation")} between polynomials in ${plural(letters, "letter")}.`);
    if (residual) text.append(" The shortest begins ", make("code", {}, beginning), ".");
    return text;
  };

  const transcript = ({ lines, scope, tally, holds }) => {
    const items = lines.map(({ formula, rule, status, mark }) => {
      const words = make("span", { class: "rule" }, rule);
      if (mark) words.append(": ", make("strong", {}, mark));
      return make("li", { class: status.replace("not ", "un") }, words, make("div", { class: "math" }, `\\[${formula}\\]`));
    });
    return make("details", { open: !holds },
      make("summary", {}, `${holds ? "Derived" : "Not derived"}, for ${scope}: ${tally}`),
      make("div", { class: "derivation" }, make("ol", {}, ...items)));
  };

  document.addEventListener("DOMContentLoaded", () => {
    for (const box of document.querySelectorAll(".rerun[data-megabytes]")) {
      if (location.protocol === "file:") {
        box.querySelector(".rerun-note").prepend("Read from a server, this page can run the derivation itself. ");
      } else new Control(box);
    }
  });
})();
