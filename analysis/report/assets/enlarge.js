// A figure over the whole window: wheel, pinch, drag, buttons and keys zoom and move it.
"use strict";
const dialog = document.getElementById("enlarged"), stage = dialog.querySelector(".stage");
const view = { x: 0, y: 0, scale: 1, picture: null };
const MOST = 20, STEP = 60; // pixels that an arrow key moves
const fingers = new Map(); // pointer id -> [x, y]

function draw() {
  view.picture.style.transform = `translate(${view.x}px, ${view.y}px) scale(${view.scale})`;
}

function fit() {
  const box = view.picture.viewBox.baseVal;
  const size = Math.min(stage.clientWidth / box.width, stage.clientHeight / box.height);
  view.picture.style.width = `${box.width * size}px`;
  Object.assign(view, { scale: 1, x: (stage.clientWidth - box.width * size) / 2, y: (stage.clientHeight - box.height * size) / 2 });
  draw();
}

function zoom(factor, x = stage.clientWidth / 2, y = stage.clientHeight / 2) {
  const scale = Math.min(MOST, Math.max(0.5, view.scale * factor));
  view.x = x - (x - view.x) * (scale / view.scale); // the point under the pointer stays there
  view.y = y - (y - view.y) * (scale / view.scale);
  view.scale = scale;
  draw();
}

function move(x, y) { view.x += x; view.y += y; draw(); }

function enlarge(figure) {
  view.picture = figure.querySelector(".sheet svg").cloneNode(true);
  stage.replaceChildren(view.picture);
  document.getElementById("enlarged-title").textContent = figure.querySelector("h4").textContent;
  dialog.showModal();
  fit();
  stage.focus();
}

const gap = ([a, b]) => Math.hypot(a[0] - b[0], a[1] - b[1]);

function dragged(event) {
  if (!fingers.has(event.pointerId)) return;
  const [x, y] = fingers.get(event.pointerId), before = fingers.size === 2 ? gap([...fingers.values()]) : 0;
  fingers.set(event.pointerId, [event.clientX, event.clientY]);
  if (fingers.size === 1) move(event.clientX - x, event.clientY - y);
  if (fingers.size === 2) {
    const ends = [...fingers.values()], corner = stage.getBoundingClientRect();
    const middle = [0, 1].map((i) => (ends[0][i] + ends[1][i]) / 2);
    zoom(gap(ends) / before, middle[0] - corner.left, middle[1] - corner.top);
  }
}

const keys = {
  "+": () => zoom(1.25), "=": () => zoom(1.25), "-": () => zoom(0.8), "0": fit,
  ArrowLeft: () => move(STEP, 0), ArrowRight: () => move(-STEP, 0), ArrowUp: () => move(0, STEP), ArrowDown: () => move(0, -STEP),
};

for (const figure of document.querySelectorAll(".drawn")) {
  figure.querySelector(".enlarge").addEventListener("click", () => enlarge(figure));
  figure.querySelector("svg").addEventListener("click", () => enlarge(figure));
}
for (const button of dialog.querySelectorAll("[data-zoom]"))
  button.addEventListener("click", () => {
    const what = button.dataset.zoom;
    if (what === "close") dialog.close();
    else if (what === "fit") fit();
    else zoom(Number(what));
  });
stage.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || !keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
});
stage.addEventListener("wheel", (event) => {
  event.preventDefault();
  const corner = stage.getBoundingClientRect();
  zoom(Math.exp(-event.deltaY / 400), event.clientX - corner.left, event.clientY - corner.top);
}, { passive: false });
stage.addEventListener("pointerdown", (event) => {
  stage.setPointerCapture(event.pointerId);
  fingers.set(event.pointerId, [event.clientX, event.clientY]);
});
stage.addEventListener("pointermove", dragged);
for (const end of ["pointerup", "pointercancel"]) stage.addEventListener(end, (event) => fingers.delete(event.pointerId));
addEventListener("resize", () => { if (dialog.open) fit(); });
