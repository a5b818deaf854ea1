// Clips beside each other play in step, pause, and show any frame. Who asked for less motion begins paused.
"use strict";
const still = matchMedia("(prefers-reduced-motion: reduce)");

for (const player of document.querySelectorAll(".player")) {
  const frames = Number(player.dataset.frames);
  const button = player.querySelector(".play"), slider = player.querySelector("input"), shown = player.querySelector("output");
  const movies = [...player.querySelectorAll(".sprite")].map((sprite) => sprite.getAnimations()[0]);
  const lasts = movies[0].effect.getComputedTiming().duration / frames;
  const name = button.getAttribute("aria-label").replace(/^[^:]*/, "");
  let playing = false;

  const frame = () => Math.min(frames - 1, Math.floor((movies[0].currentTime % (frames * lasts)) / lasts));
  const label = () => { slider.value = shown.textContent = frame() + 1; };
  const follow = () => { if (playing) { label(); requestAnimationFrame(follow); } };
  const show = (number) => { for (const movie of movies) movie.currentTime = (number + 0.5) * lasts; };

  function play(wanted) {
    playing = wanted;
    if (!wanted) { for (const movie of movies) movie.pause(); show(frame()); label(); }
    else { const from = frame(); for (const movie of movies) movie.play(); show(from); follow(); }
    button.textContent = wanted ? "Pause" : "Play";
    button.setAttribute("aria-label", button.textContent + name);
  }

  button.addEventListener("click", () => play(!playing));
  slider.addEventListener("input", () => {
    const wanted = slider.value - 1; // pausing moves the slider to the frame that is shown
    play(false);
    show(wanted);
    label();
  });
  play(!still.matches);
}
