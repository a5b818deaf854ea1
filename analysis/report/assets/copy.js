// Copy buttons. Where the browser has no clipboard, the text is shown, selected.
"use strict";
document.documentElement.classList.add("scripted");
const say = (sentence) => { document.getElementById("said").textContent = sentence; };

function textOf(button) {
  if (!button.dataset.source) return button.parentElement.querySelector("code").textContent;
  const sources = button.closest("section").querySelector("script.sources");
  return JSON.parse(sources.textContent)[button.dataset.source];
}

async function copy(button) {
  const text = textOf(button);
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const dialog = document.getElementById("by-hand"), area = dialog.querySelector("textarea");
    area.value = text;
    dialog.showModal();
    area.select();
    return;
  }
  const label = button.textContent;
  button.textContent = "Copied";
  say("Copied");
  setTimeout(() => { button.textContent = label; say(""); }, 1500);
}

for (const button of document.querySelectorAll("button.copy"))
  button.addEventListener("click", () => { if (button.textContent !== "Copied") copy(button); });
