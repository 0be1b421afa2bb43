/**
 * What a page does by itself: theme, words at a mark, copying, saving a figure, sorting a table. Plain text, so that its
 * hash in the page's policy is the same from sources and from the built package. Without it every page is readable:
 * marks keep their `<title>`, and buttons (class js) stay hidden.
 */
export const SCRIPT = String.raw`(() => {
"use strict";
const root = document.documentElement;
const all = (selector, from = document) => [...from.querySelectorAll(selector)];
root.classList.add("scripted");

// Theme: what the system says, until the button says otherwise. Storage may be refused to files.
const stored = () => { try { return localStorage.getItem("masque-theme"); } catch { return null; } };
const dark = () => (root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches);
if (stored() === "dark" || stored() === "light") root.dataset.theme = stored();
for (const button of all(".theme")) button.addEventListener("click", () => {
  root.dataset.theme = dark() ? "light" : "dark";
  try { localStorage.setItem("masque-theme", root.dataset.theme); } catch {}
});

// Words at a mark, for pointer, finger and keyboard. One mark a drawing is in the order of Tab; arrows lead to others.
const tip = document.createElement("div");
tip.className = "tip";
tip.setAttribute("role", "tooltip");
tip.hidden = true;
document.body.append(tip);
let shown = null;
const hide = () => { tip.hidden = true; shown?.classList.remove("on"); shown = null; };
const show = (mark) => {
  if (shown !== mark) hide();
  shown = mark;
  mark.classList.add("on");
  tip.replaceChildren(...mark.dataset.tip.split("\n").map((line, i) => {
    const row = document.createElement("div");
    if (i === 0) row.className = "first";
    row.textContent = line;
    return row;
  }));
  tip.hidden = false;
  const at = mark.getBoundingClientRect(), own = tip.getBoundingClientRect(), gap = 10;
  const wide = root.clientWidth, high = root.clientHeight;
  let left = at.right + gap, top = at.top + at.height / 2 - own.height / 2;
  if (left + own.width > wide - 4) left = at.left - gap - own.width;
  if (left < 4) { left = Math.max(4, Math.min(wide - own.width - 4, at.left + at.width / 2 - own.width / 2)); top = at.top - own.height - gap; }
  if (top < 4 && left < at.right && left + own.width > at.left) top = at.bottom + gap;
  tip.style.left = Math.round(left + scrollX) + "px";
  tip.style.top = Math.round(Math.max(4, Math.min(high - own.height - 4, top)) + scrollY) + "px";
};
for (const drawing of all(".figure svg")) {
  const marks = all(".mark", drawing).filter((mark) => mark.querySelector(":scope > title"));
  marks.forEach((mark, i) => {
    const title = mark.querySelector(":scope > title");
    mark.dataset.tip = title.textContent;
    mark.setAttribute("aria-label", title.textContent);
    mark.setAttribute("role", "img");
    title.remove();
    mark.setAttribute("tabindex", i === 0 ? "0" : "-1");
    mark.addEventListener("pointerenter", () => show(mark));
    mark.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && hide());
    mark.addEventListener("focus", () => show(mark));
    mark.addEventListener("blur", hide);
    mark.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (event.key === "Escape") hide();
      if (step === undefined) return;
      event.preventDefault();
      const next = marks[(i + step + marks.length) % marks.length];
      mark.setAttribute("tabindex", "-1");
      next.setAttribute("tabindex", "0");
      next.focus();
    });
  });
}
document.addEventListener("pointerdown", (event) => { if (!event.target.closest(".mark")) hide(); });
document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });

// Copying. From a file the clipboard may be closed: then the text is selected, for Ctrl+C.
for (const button of all("[data-copy]")) button.addEventListener("click", async () => {
  const code = button.parentElement.querySelector("code"), before = button.textContent;
  try { await navigator.clipboard.writeText(code.textContent); button.textContent = "Copied"; }
  catch { getSelection().selectAllChildren(code); button.textContent = "Selected"; }
  setTimeout(() => { button.textContent = before; }, 1500);
});

// Saving a figure as it looks now: what the stylesheet says of each part is written into it.
const KEPT = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-opacity", "opacity", "font-size", "font-weight", "font-family", "text-anchor", "display"];
const standalone = (drawing) => {
  const copy = drawing.cloneNode(true);
  const from = [drawing, ...all("*", drawing)], to = [copy, ...all("*", copy)];
  from.forEach((part, i) => {
    const style = getComputedStyle(part);
    for (const name of KEPT) to[i].setAttribute(name, style.getPropertyValue(name));
    for (const name of ["class", "tabindex", "data-tip"]) to[i].removeAttribute(name);
  });
  const [, , width, height] = drawing.getAttribute("viewBox").split(" ");
  const paper = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  for (const [name, value] of [["width", width], ["height", height], ["fill", getComputedStyle(document.body).backgroundColor]]) paper.setAttribute(name, value);
  copy.prepend(paper);
  for (const [name, value] of [["xmlns", "http://www.w3.org/2000/svg"], ["width", width], ["height", height]]) copy.setAttribute(name, value);
  return { text: new XMLSerializer().serializeToString(copy), width: Number(width), height: Number(height) };
};
const save = (name, url) => { const link = document.createElement("a"); link.download = name; link.href = url; link.click(); };
for (const button of all("[data-save]")) button.addEventListener("click", () => {
  const holder = button.closest(".figure"), kind = button.dataset.save;
  const drawing = all("svg", holder).find((svg) => svg.getClientRects().length > 0);
  const { text, width, height } = standalone(drawing);
  const url = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(text);
  if (kind === "svg") return save(holder.dataset.name + ".svg", url);
  const image = new Image();
  image.onload = () => {
    const canvas = document.createElement("canvas");
    canvas.width = 2 * width; canvas.height = 2 * height;
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    save(holder.dataset.name + ".png", canvas.toDataURL("image/png"));
  };
  image.src = url;
});

// A table that is wider than its frame says so, and fades where there is more of it.
for (const frame of all(".scroll")) {
  const look = () => {
    frame.classList.toggle("wide", frame.scrollWidth > frame.clientWidth + 1);
    frame.classList.toggle("more", frame.scrollWidth - frame.clientWidth - frame.scrollLeft > 1);
  };
  frame.addEventListener("scroll", look, { passive: true });
  new ResizeObserver(look).observe(frame);
}

// Sorting: numbers by size, words by letters; the same head again turns the order.
for (const table of all("table[data-sortable]")) {
  const heads = all("thead th", table), body = table.tBodies[0];
  heads.forEach((head, c) => head.querySelector("button")?.addEventListener("click", () => {
    const down = head.getAttribute("aria-sort") === "descending" ? 1 : -1;
    for (const other of heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down < 0 ? "descending" : "ascending");
    const value = (row) => row.cells[c]?.dataset.sort ?? row.cells[c]?.textContent.trim() ?? "";
    const compare = (a, b) => {
      const x = Number.parseFloat(a), y = Number.parseFloat(b);
      return Number.isNaN(x) || Number.isNaN(y) ? a.localeCompare(b) : x - y;
    };
    body.append(...[...body.rows].sort((a, b) => down * compare(value(a), value(b))));
  }));
}
})();`;
