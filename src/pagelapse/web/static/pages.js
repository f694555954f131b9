// Makes pages livelier; each of them works without.
"use strict";

const all = (selector, root = document) => [...root.querySelectorAll(selector)];

for (const form of all("form[data-busy]")) {
  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button || button.formMethod === "get") return;
    button.textContent = form.dataset.busy;
    setTimeout(() => { button.disabled = true; });
  });
}

for (const button of all("[data-copy]")) {
  if (!navigator.clipboard) break;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = "Copied";
  });
}

for (const box of all("[data-progress]")) follow(box);

async function follow(box) {
  const shortest = 1000, longest = 15000;
  let wait = shortest, last = "";
  for (;;) {
    await new Promise((done) => setTimeout(done, wait));
    const answer = await fetch(box.dataset.progress, { headers: { Accept: "application/json" } }).catch(() => null);
    if (answer && answer.redirected) location.reload();
    const now = answer && answer.ok ? await answer.json() : null;
    if (now && now.ended) location.reload();
    if (now) {
      box.querySelector("progress").value = now.done;
      if (now.text !== last) box.querySelector("[data-text]").textContent = now.text;
    }
    wait = now && now.text !== last ? shortest : Math.min(longest, wait * 1.5);
    last = now ? now.text : last;
  }
}

for (const lapse of all("[data-lapse]")) scrub(lapse);

function scrub(lapse) {
  const frames = all("[data-frames] > li").reverse();
  const form = lapse.querySelector("form"), at = form.elements.at, other = form.elements.with_at;
  const frame = lapse.querySelector("[data-frame]"), split = lapse.querySelector("[data-split]");
  const before = frame.querySelector(".before"), after = frame.querySelector(".after");
  const mark = frame.querySelector(".mark");
  const time = lapse.querySelector("output"), note = lapse.querySelector("[data-note]");
  const play = lapse.querySelector("[data-play]");
  let chosen = new URLSearchParams(location.search).has("with_at"), timer = 0;

  lapse.querySelector("[data-show]").hidden = true;
  play.hidden = frames.length < 2;

  const put = (image, place, label) => {
    const { src, width, height } = frames[place].dataset;
    if (image.src === src) return;
    image.width = width;
    image.height = height;
    image.src = src;
    image.alt = `${label}: ${when(place)}`;
  };
  const when = (place) => frames[place].querySelector("time").textContent;
  const changed = (place) => frames[place].querySelector(".changed")?.textContent ?? "";
  const show = () => {
    const place = Number(at.value), view = form.elements.view.value;
    if (!chosen) other.value = Math.max(0, place - 1);
    const diff = Number(other.value) === place - 1 ? frames[place].dataset.diff : undefined;
    const marked = view === "difference" && diff !== undefined;
    frame.className = `frame ${view}${marked ? " marked" : ""}`;
    if (marked) mark.src = diff;
    split.hidden = view !== "swipe";
    lapse.querySelector("[data-other]").hidden = view === "one";
    put(after, place, "Picture");
    if (before) put(before, Number(other.value), "Before");
    time.replaceChildren(frames[place].querySelector("time").cloneNode(true));
    note.textContent = changed(place);
    at.setAttribute("aria-valuetext", `${when(place)} ${changed(place)}`);
    frames.forEach((each, index) => each.firstElementChild.toggleAttribute("aria-current", index === place));
    for (const near of [place - 1, place + 1]) if (frames[near]) new Image().src = frames[near].dataset.src;
  };
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    play.textContent = "Play";
    play.setAttribute("aria-pressed", "false");
  };

  form.addEventListener("input", (event) => {
    if (event.target === other) chosen = true;
    if (event.target.matches("[data-swipe]")) frame.style.setProperty("--split", `${event.target.value}%`);
    else show();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  at.addEventListener("pointerdown", stop);
  at.addEventListener("keydown", stop);
  play.addEventListener("click", () => {
    if (timer) return stop();
    if (at.value === at.max) at.value = 0;
    play.textContent = "Stop";
    play.setAttribute("aria-pressed", "true");
    show();
    timer = setInterval(() => {
      at.value = Number(at.value) + 1;
      show();
      if (at.value === at.max) stop();
    }, 700);
  });
  show();
  frames.forEach((each, place) => each.firstElementChild.addEventListener("click", (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    at.value = place;
    stop();
    show();
    lapse.scrollIntoView({ block: "start" });
  }));
}
