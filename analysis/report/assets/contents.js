// The contents begin folded where they would fill a small screen, and mark the part that is being read.
"use strict";
const contents = document.querySelector(".contents");
if (matchMedia("(max-width: 68rem)").matches) contents.open = false;

const link_of = new Map(); // a part of a study -> its link
for (const part of document.querySelectorAll(".study section:has(> h3)"))
  link_of.set(part, contents.querySelector(`a[href="#${part.querySelector("h3").id}"]`));

const reading = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries)
    if (isIntersecting) link_of.get(target).setAttribute("aria-current", "true");
    else link_of.get(target).removeAttribute("aria-current");
}, { rootMargin: "-20% 0px -75% 0px" }); // a strip near the top of the window
for (const part of link_of.keys()) reading.observe(part);
